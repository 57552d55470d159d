const FIRST_MS = 500
const MOST_MS = 10_000

/**
 * How long to wait before a reconnect: doubling from half a second to ten, each time a random part
 * of it, so that pages do not come back all at once.
 */
export function reconnectDelay(attempt: number, random = Math.random): number {
  const whole = Math.min(MOST_MS, FIRST_MS * 2 ** attempt)
  return whole / 2 + (random() * whole) / 2
}
