import type { Socket } from 'socket.io'

/** The transport connection below the sockets of one client. */
export type Connection = Socket['conn']

/** Below this part of the limit a client counts as keeping up. */
const LOW_PART = 1 / 16

/** What waits to be sent on one connection. */
export interface Outbound {
  drained(): Promise<void>
}

/**
 * Bounds what gathers for a client that reads too slowly: past `limitBytes` the connection is cut,
 * and the client comes back and asks for what it missed.
 */
export function boundOutbound(connection: Connection, limitBytes: number, onOverflow: () => void): Outbound {
  let waiting = 0
  let gone = false
  let taken = Promise.withResolvers<void>()
  const wake = () => {
    waiting = 0
    taken.resolve()
    taken = Promise.withResolvers()
  }
  connection.on('packetCreate', (packet: { data?: string | Buffer }) => {
    waiting += packet.data === undefined ? 0 : Buffer.byteLength(packet.data)
    if (waiting <= limitBytes || gone) return
    gone = true
    onOverflow()
    connection.close(true)
  })
  connection.on('flush', wake)
  connection.once('close', () => {
    gone = true
    wake()
  })
  return {
    async drained() {
      while (waiting > limitBytes * LOW_PART && !gone) await taken.promise
    },
  }
}
