import { silentLogger, systemClock } from '../../core/index.ts'
import { openSessions } from '../open-sessions.ts'
import { openTestStore, SECRET } from './harness.ts'

/** A process of its own on the store at argv[2], which revokes the sessions that it is told of. */
const store = await openTestStore(process.argv[2])
const sessions = openSessions({ store, secret: SECRET, clock: systemClock, logger: silentLogger })
process.on('message', async ({ userId, sessionId }: { userId: string; sessionId: string }) => {
  await sessions.revoke(userId, sessionId)
  process.send?.('revoked')
})
process.on('disconnect', async () => {
  await sessions.close()
  await store.close()
})
process.send?.('ready')
