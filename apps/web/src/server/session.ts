import 'server-only'
import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { cache } from 'react'
import { milliseconds } from 'tillwire'
import { SessionExpired, type SessionIdentity } from 'tillwire/sessions'
import { signInPath } from '../return-path.ts'
import { settings, tillwire } from './tillwire.ts'

/** Who sent these headers; null when nobody is signed in. */
export async function sessionOf(requestHeaders: Headers): Promise<SessionIdentity | null> {
  const { sessions } = await tillwire()
  try {
    return await sessions.reader.read({ cookie: requestHeaders.get('cookie') ?? undefined })
  } catch (error) {
    if (SessionExpired.is(error)) return null
    throw error
  }
}

/** Who asks for this page, read once a request. */
export const currentSession = cache(async () => sessionOf(await headers()))

/** Who asks for this page; a signed-out visitor is sent to sign in, and back to `path` after. */
export async function requireSession(path: string): Promise<SessionIdentity> {
  return (await currentSession()) ?? redirect(signInPath(path))
}

/**
 * Moves the end of a session that is past its half, so that who keeps coming back stays signed in. The
 * renewed cookie goes into `responseHeaders`.
 */
export async function prolong(
  session: SessionIdentity,
  requestHeaders: Headers,
  responseHeaders: Headers,
): Promise<void> {
  const { auth, clock } = await tillwire()
  const left = Date.parse(session.expiresAt) - clock.now().getTime()
  if (left > milliseconds(settings().sessionMaxAge) / 2) return
  const address = new URL('/api/auth/get-session', settings().webOrigin)
  const { headers: renewed } = await auth.handler(new Request(address, { headers: requestHeaders }))
  for (const cookie of renewed.getSetCookie()) responseHeaders.append('set-cookie', cookie)
}
