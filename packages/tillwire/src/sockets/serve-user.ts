import type { Socket } from 'socket.io'
import type { Logger } from '../core/index.ts'
import type { AdmittedUser } from './admit.ts'
import { attachSocket, type Handlers, type SocketParts } from './attach-socket.ts'
import type { SocketLimits, SocketsOptions } from './types.ts'

/** The room of every socket of a user. */
export const roomOf = (userId: string) => `user:${userId}`

export interface UserParts extends Pick<SocketsOptions, 'lease' | 'balance'> {
  readonly handlers: Handlers<'authenticated'>
  readonly limits: SocketLimits
  readonly logger: Logger
}

/** A socket of `/authenticated`, from its connection to its end or its session's, whichever is first. */
export function serveUser(parts: SocketParts, socket: Socket, userParts: UserParts): void {
  const { handlers, lease, balance, logger } = userParts
  const { identity, release }: AdmittedUser = socket.data
  const { user, sessionId, expiresAt } = identity
  const { handle, signal } = attachSocket(parts, socket, {
    namespace: 'authenticated',
    handlers,
    identity,
    contextOf: (event, handle, signal) => ({ ...event, socket: handle, signal, user, session: { id: sessionId } }),
  })
  const held = lease(identity, {
    onEnd(reason) {
      if (reason === 'unavailable') return handle.cut()
      handle.emit('session:ended', { reason })
      socket.disconnect()
    },
    onRenew: (renewed) => handle.emit('session:renewed', { expiresAt: renewed }),
  })
  const letGo = () => {
    held.release()
    release()
    socket.conn.off('close', release)
  }
  if (signal.aborted) letGo()
  else signal.addEventListener('abort', letGo)

  const greet = async () => {
    // First the room, then the balance: no change can fall between the two.
    await socket.join(roomOf(user.id))
    const now = await balance(user.id)
    const { frameBytes, promptCharacters } = userParts.limits
    handle.emit('session:ready', {
      user: { id: user.id, name: user.name },
      session: { id: sessionId },
      limits: { frameBytes, ...(promptCharacters !== undefined && { promptCharacters }) },
      expiresAt,
      recovered: false,
      balance: now,
    })
  }
  greet().catch((err: unknown) => {
    logger.warn({ err, userId: user.id }, 'A socket was cut: its balance could not be read')
    handle.cut()
  })
}
