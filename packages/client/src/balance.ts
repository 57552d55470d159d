import type { WireBalance } from 'tillwire/protocol'

/** The later of two readings of one balance; readings may arrive out of order, by different ways. */
export function newerBalance(a: WireBalance | null, b: WireBalance | null): WireBalance | null {
  if (!a || !b) return a ?? b
  return b.version > a.version ? b : a
}
