import type { Mail } from '../outbox.ts'

export type MailText = Omit<Mail, 'to'>

/** The mail whose link signs its reader in. */
export function signInMail(link: string, minutes: number): MailText {
  return {
    subject: 'Your sign-in link',
    text: `Sign in with this link:\n\n${link}\n\nIt works once, within ${minutes} minutes. If you did not ask for it, leave this mail alone.\n`,
    link,
  }
}

/** The mail whose link proves an address after signing up. */
export function verificationMail(link: string): MailText {
  return {
    subject: 'Verify your e-mail address',
    text: `Open this link to verify your address and sign in:\n\n${link}\n\nIf you did not sign up, leave this mail alone.\n`,
    link,
  }
}

/** The mail to someone whose address was given at sign-up although it is known here. */
export function alreadyKnownMail(signInPage: string): MailText {
  return {
    subject: 'You already have an account',
    text: `Someone, probably you, tried to sign up with this address, which is known here already.\nTo sign in, ask for a sign-in link:\n\n${signInPage}\n`,
    link: signInPage,
  }
}
