/** How long to wait before trying again: doubling from `first` to at most `most` milliseconds. */
export interface Backoff {
  readonly first: number
  readonly most: number
}

/**
 * Milliseconds to wait before attempt `attempt` (1 is the first retry), with full jitter: a random
 * part between half and the whole of the doubled delay.
 */
export function backoffDelay(backoff: Backoff, attempt: number, random: () => number = Math.random): number {
  const whole = Math.min(backoff.most, backoff.first * 2 ** (attempt - 1))
  return Math.round(whole / 2 + (random() * whole) / 2)
}
