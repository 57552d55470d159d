/** A document like those of the ledger. */
export interface Entry {
  readonly id?: string
  readonly holder: string
  readonly kind: 'spend' | 'grant'
  readonly key: string
  readonly amount: number
  readonly description: string
  readonly postings: { account: string; amount: number; grant: string | null }[]
  readonly after: { available: number; held: number; debt: number }
}

/** One way to keep documents. All methods return how many documents they read or wrote. */
export interface Peer extends AsyncDisposable {
  /** All or nothing, durable when it returns. */
  insert(entries: readonly Entry[]): Promise<number>
  get(id: string): Promise<number>
  /** The newest of a holder. */
  find(holder: string, limit: number): Promise<number>
}

export function entryOf(number: number): Entry {
  return {
    holder: `user/${number % 1_000}`,
    kind: 'spend',
    key: `key-${number}`,
    amount: number,
    description: 'An answer',
    postings: [
      { account: 'held', amount: 0 - number, grant: 'grant-1' },
      { account: 'consumed', amount: number, grant: 'grant-1' },
    ],
    after: { available: 1_000_000, held: number, debt: 0 },
  }
}
