import { newRequestId } from '@tillwire/client'
import { EXPECTED_USER_HEADER, REQUEST_ID_HEADER } from 'tillwire/protocol'

import { forgetDrafts } from './drafts.ts'

/**
 * What the sign-in service answered, in words for the person at the screen; `isAnother` when another than the
 * page's user is signed in now.
 */
export type AuthResult =
  | { readonly ok: true; readonly signedIn: boolean }
  | { readonly ok: false; readonly message: string; readonly isAnother?: boolean }

const MESSAGES = {
  INVALID_EMAIL_OR_PASSWORD: 'The e-mail address or the password is not right.',
  USER_ALREADY_EXISTS: 'This address already has an account: sign in instead.',
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: 'This address already has an account: sign in instead.',
  INVALID_EMAIL: 'This is not an e-mail address.',
  PASSWORD_TOO_SHORT: 'The password is too short: use at least 8 characters.',
  PASSWORD_TOO_LONG: 'The password is too long: use at most 128 characters.',
  SIGNED_IN_AS_ANOTHER: 'Somebody else is signed in here now: reload the page.',
  EMAIL_NOT_VERIFIED: 'Open the link in the mail that we sent you first.',
} as const
const NO_ADDRESS = 'Write an e-mail address, as in you@example.com.'
const UNREACHABLE = 'The server could not be reached: check your connection and try again.'

const SHORTEST_PASSWORD = 8

export function signUp(input: { name: string; email: string; password: string }): Promise<AuthResult> {
  const { name, email, password } = input
  if (!name.trim()) return refused('Write your name.')
  if (!isAddress(email)) return refused(NO_ADDRESS)
  if (password.length < SHORTEST_PASSWORD) return refused(MESSAGES.PASSWORD_TOO_SHORT)
  return post('sign-up/email', input)
}

export function signIn(input: { email: string; password: string }): Promise<AuthResult> {
  if (!isAddress(input.email)) return refused(NO_ADDRESS)
  if (!input.password) return refused('Write your password.')
  return post('sign-in/email', input)
}

/** Mails a link that signs in and then opens `next`. */
export function mailSignInLink(email: string, next: string): Promise<AuthResult> {
  if (!isAddress(email)) return refused(NO_ADDRESS)
  return post('sign-in/magic-link', { email, callbackURL: next, errorCallbackURL: '/sign-in' })
}

/** Of the user that the page was made for, and of nobody else who has signed in since. */
export function updateName(name: string, userId: string): Promise<AuthResult> {
  if (!name.trim()) return refused('Write your name.')
  return post('update-user', { name: name.trim() }, { [EXPECTED_USER_HEADER]: userId })
}

/**
 * Ends the session of this user and leaves for the front page as a stranger: nothing of the old session stays in
 * memory. Nobody else's session is ended: who is signed in instead is returned.
 */
export async function signOut(userId: string): Promise<{ id: string; name: string } | null> {
  const result = await post('sign-out', {}, { [EXPECTED_USER_HEADER]: userId })
  const instead = !result.ok && result.isAnother ? await signedIn() : null
  if (instead) return instead
  forgetDrafts()
  window.location.assign('/')
  return null
}

async function signedIn(): Promise<{ id: string; name: string } | null> {
  const response = await fetch('/api/auth/get-session', { headers: { [REQUEST_ID_HEADER]: newRequestId() } })
    .then((answer) => answer.json())
    .catch(() => null)
  return response?.user ?? null
}

function isAddress(email: string): boolean {
  return /^[^@\s]+@[^@\s]+$/.test(email.trim())
}

interface Answer {
  readonly code?: string
  readonly message?: string
  readonly token?: string | null
}

function messageOf(answer: Answer | null): string | undefined {
  const { code = '', message } = answer ?? {}
  return Object.hasOwn(MESSAGES, code) ? MESSAGES[code as keyof typeof MESSAGES] : message
}

async function refused(message: string): Promise<AuthResult> {
  return { ok: false, message }
}

async function post(action: string, body: object, headers: Record<string, string> = {}): Promise<AuthResult> {
  try {
    const response = await fetch(`/api/auth/${action}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [REQUEST_ID_HEADER]: newRequestId(), ...headers },
      body: JSON.stringify(body),
    })
    const answer: Answer | null = await response.json().catch(() => null)
    if (response.ok) return { ok: true, signedIn: answer?.token != null }
    if (response.status === 429) return { ok: false, message: 'Too many attempts: wait a minute, then try again.' }
    const isAnother = answer?.code === 'SIGNED_IN_AS_ANOTHER'
    return { ok: false, message: messageOf(answer) ?? 'Something went wrong: try again.', isAnother }
  } catch {
    return { ok: false, message: UNREACHABLE }
  }
}
