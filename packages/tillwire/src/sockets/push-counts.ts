import type { Connections } from '../protocol/index.ts'

/** The shortest time between two pushes, and what each socket that must be told adds to it. */
const PUSH_MS = 100
const PUSH_MS_PER_SOCKET = 0.05

/** Tells every socket how many there are: after the last of a burst of changes, at most every 100 ms. */
export function pushCounts(options: { count(): Connections; push(connections: Connections): void }): {
  changed(): void
  stop(): void
} {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  return {
    changed() {
      if (timer || stopped) return
      const counts = options.count()
      const delay = Math.max(PUSH_MS, (counts.public + counts.authenticated) * PUSH_MS_PER_SOCKET)
      timer = setTimeout(() => {
        timer = undefined
        options.push(options.count())
      }, delay)
    },
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
