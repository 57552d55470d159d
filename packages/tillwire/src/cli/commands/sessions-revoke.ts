import type { Output } from '../output.ts'
import { requireUser, withTillwire } from '../with-tillwire.ts'

/** `tillwire sessions revoke USERNAME` */
export async function revokeSessions(output: Output, username: string): Promise<boolean> {
  return await withTillwire(async (tillwire) => {
    const user = await requireUser(tillwire, username)
    const revoked = await tillwire.sessions.revokeAll(user.id)
    output.result({ userId: user.id, revoked }, [
      `Ended ${revoked} ${revoked === 1 ? 'session' : 'sessions'} of ${username}.`,
    ])
    return true
  })
}
