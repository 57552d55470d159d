/** What a timeline can be of. */
export interface Subject {
  readonly kind: 'user' | 'payment' | 'answer' | 'request'
  readonly id: string
}

/** In the order in which they follow from each other: that is how items of one moment are told. */
const KINDS = [
  'user',
  'customer',
  'workflow',
  'workflow-step',
  'checkout',
  'charge',
  'stripe-event',
  'grant',
  'refund',
  'answer',
  'hold',
  'text',
  'entry',
  'receipt',
  'sum',
] as const

/** One thing that happened. */
export interface Item {
  /** ISO-8601, UTC. */
  readonly at: string
  readonly kind: (typeof KINDS)[number]
  readonly id: string
  /** One sentence for people. */
  readonly says: string
  /** Ids of others that it is about. */
  readonly refs: readonly string[]
  /** What the sentence's amounts are, in microcredits. */
  readonly amounts?: Readonly<Record<string, number>>
  /** The text of an answer. */
  readonly content?: string
}

export interface Problem {
  readonly code: string
  readonly id: string
  readonly message: string
}

/** All that is known of one subject, in the order of time; the last item is the sum that proves it. */
export interface Timeline {
  readonly subject: Subject
  readonly items: readonly Item[]
  /** How many older items were left off. */
  readonly leftOff: number
  readonly problems: readonly Problem[]
}

/** A timeline has at most so many items, the newest, beside the ones that close it. */
export const MOST_ITEMS = 500

/** What a timeline is made of. */
export interface Told {
  readonly subject: Subject
  readonly items: readonly Item[]
  /** How many older items were not even read. */
  readonly unread?: number
  /** The last items, in their order, at the time of the last one that happened. */
  readonly closing: readonly Omit<Item, 'at'>[]
  readonly problems: readonly Problem[]
}

/** Puts items in the order of time; those of one moment as they follow from each other, and else as they are given. */
export function timelineOf({ subject, items, unread = 0, closing, problems }: Told): Timeline {
  const sorted = items.toSorted((a, b) => compare(a.at, b.at) || KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind))
  const kept = sorted.slice(-MOST_ITEMS)
  const at = sorted.at(-1)?.at ?? new Date(0).toISOString()
  return {
    subject,
    items: [...kept, ...closing.map((item) => ({ ...item, at }))],
    leftOff: unread + sorted.length - kept.length,
    problems,
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
