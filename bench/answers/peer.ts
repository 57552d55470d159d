/** A server that answers `answer:start` with deltas and an end, to one socket a cookie. */
export interface Peer {
  readonly url: string
  /** One for each socket. */
  readonly cookies: readonly string[]
}

export const SOCKETS = 100

/** What a server process is asked for, and answers with the processor time that it has used so far, in microseconds. */
export const CPU = 'cpu'

/** Tells the parent that this process serves, and from then on how much processor time it has used. */
export function serve(peer: Peer): void {
  process.on('message', (message) => {
    if (message !== CPU) return
    const { user, system } = process.cpuUsage()
    process.send?.(user + system)
  })
  process.on('disconnect', () => process.exit(0))
  process.send?.(peer)
}
