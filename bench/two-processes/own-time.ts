import { openSync, readSync } from 'node:fs'

/** "time on a processor, time waited for one, turns", in nanoseconds, of the thread that opens it. Linux only. */
const SCHEDULE = '/proc/thread-self/schedstat'

/**
 * A clock in milliseconds that stands still while this thread could run and the kernel ran others instead. What
 * passes on it is the program's own doing: its work, and its waiting for locks, syncs and timers. So what other
 * programs do on a shared machine is not measured as a fault of this one. Without the kernel's figures (other
 * systems, some containers) all time counts.
 */
export function ownTime(): () => number {
  const figures = Buffer.alloc(96)
  let file: number
  try {
    file = openSync(SCHEDULE, 'r')
  } catch {
    return () => performance.now()
  }
  return () => {
    const text = figures.toString('latin1', 0, readSync(file, figures, 0, figures.length, 0))
    return performance.now() - Number(text.split(' ')[1]) / 1e6
  }
}
