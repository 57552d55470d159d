import 'server-only'
import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { cache } from 'react'
import { SessionExpired, type SessionIdentity } from 'tillwire/sessions'
import { signInPath } from '../return-path.ts'
import { tillwire } from './tillwire.ts'

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
