/** Something that can do the work that is measured: set credits aside, then settle to what was used. */
export interface Peer extends AsyncDisposable {
  readonly name: string
  /** Gives every holder the same. */
  open(holders: number, each: number): Promise<void>
  /** One reserve and one settle, each durable when it returns, each under a key of its own. */
  pair(holder: number, key: string): Promise<void>
  /** How many credits are left in all, which must be what was given less what was used; throws when one is overdrawn. */
  left(): Promise<number>
}

/** What each pair sets aside, and what it uses. */
export const HELD = 1_000
export const USED = 10
