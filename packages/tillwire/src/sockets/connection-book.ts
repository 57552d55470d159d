import { newId } from '../core/index.ts'
import { boundOutbound, type Connection, type Outbound } from './outbound.ts'
import { Places } from './places.ts'
import type { SocketLimits } from './types.ts'

/** What is kept of one transport connection, which carries at most a socket a namespace. */
export interface ConnectionRecord {
  readonly id: string
  readonly outbound: Outbound
  /** False: its address has as many connections as it may have, so it joins nothing. */
  readonly withinAddressLimit: boolean
  readonly joined: () => void
  readonly left: () => void
}

/** The open transport connections. */
export class ConnectionBook {
  readonly #limits: SocketLimits
  readonly #addresses: Places
  readonly #records = new Map<Connection, ConnectionRecord>()
  readonly #onOverflow: () => void

  constructor(limits: SocketLimits, onOverflow: () => void) {
    this.#limits = limits
    this.#addresses = new Places(limits.socketsPerAddress)
    this.#onOverflow = onOverflow
  }

  /** Takes in a new connection; it leaves by itself when it closes. */
  add(connection: Connection): void {
    const release = this.#addresses.take(connection.remoteAddress)
    let sockets = 0
    let idle: NodeJS.Timeout | undefined
    this.#records.set(connection, {
      id: newId('conn'),
      outbound: boundOutbound(connection, this.#limits.outboundBytes, this.#onOverflow),
      withinAddressLimit: release !== null,
      joined() {
        sockets += 1
        clearTimeout(idle)
      },
      // Socket.IO ends a connection that never joins; one that leaves every namespace is ended here.
      left: () => {
        sockets -= 1
        if (sockets === 0 && this.#records.has(connection)) {
          idle = setTimeout(() => connection.close(), this.#limits.joinMs)
        }
      },
    })
    connection.once('close', () => {
      this.#records.delete(connection)
      clearTimeout(idle)
      release?.()
    })
  }

  /** The record of an open connection; undefined once it has closed. */
  get(connection: Connection): ConnectionRecord | undefined {
    return this.#records.get(connection)
  }

  all(): Connection[] {
    return [...this.#records.keys()]
  }

  get size(): number {
    return this.#records.size
  }
}
