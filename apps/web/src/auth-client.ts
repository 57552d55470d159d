/** What the sign-in service answered, in words for the person at the screen. */
export type AuthResult =
  | { readonly ok: true; readonly signedIn: boolean }
  | { readonly ok: false; readonly message: string }

const MESSAGES: Readonly<Record<string, string>> = {
  INVALID_EMAIL_OR_PASSWORD: 'The e-mail address or the password is not right.',
  USER_ALREADY_EXISTS: 'This address already has an account: sign in instead.',
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: 'This address already has an account: sign in instead.',
  INVALID_EMAIL: 'This is not an e-mail address.',
  PASSWORD_TOO_SHORT: 'The password is too short: use at least 8 characters.',
  PASSWORD_TOO_LONG: 'The password is too long: use at most 128 characters.',
  EMAIL_NOT_VERIFIED: 'Open the link in the mail that we sent you first.',
}
const UNREACHABLE = 'The server could not be reached: check your connection and try again.'

export function signUp(input: { name: string; email: string; password: string }): Promise<AuthResult> {
  return post('sign-up/email', input)
}

export function signIn(input: { email: string; password: string }): Promise<AuthResult> {
  return post('sign-in/email', input)
}

/** Mails a link that signs in and then opens `next`. */
export function mailSignInLink(email: string, next: string): Promise<AuthResult> {
  return post('sign-in/magic-link', { email, callbackURL: next, errorCallbackURL: '/sign-in' })
}

export function updateName(name: string): Promise<AuthResult> {
  return post('update-user', { name })
}

/** Ends the session and leaves for the front page as a stranger: nothing of the old session stays in memory. */
export async function signOut(): Promise<void> {
  await post('sign-out', {})
  window.location.assign('/')
}

async function post(action: string, body: object): Promise<AuthResult> {
  try {
    const response = await fetch(`/api/auth/${action}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const answer: { code?: string; message?: string; token?: string | null } | null = await response
      .json()
      .catch(() => null)
    if (response.ok) return { ok: true, signedIn: answer?.token != null }
    if (response.status === 429) return { ok: false, message: 'Too many attempts: wait a minute, then try again.' }
    return { ok: false, message: MESSAGES[answer?.code ?? ''] ?? answer?.message ?? 'Something went wrong: try again.' }
  } catch {
    return { ok: false, message: UNREACHABLE }
  }
}
