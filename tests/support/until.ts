const POLL_MS = 20

/** Waits until `look` returns something truthy, and returns it; fails after `limitMs` saying what was waited for. */
export async function until<T>(what: string, look: () => Promise<T> | T, limitMs = 10_000): Promise<NonNullable<T>> {
  const end = Date.now() + limitMs
  for (;;) {
    const found = await look()
    if (found) return found as NonNullable<T>
    if (Date.now() > end) throw new Error(`Waited ${limitMs} ms for ${what}`)
    await new Promise((wake) => setTimeout(wake, POLL_MS))
  }
}
