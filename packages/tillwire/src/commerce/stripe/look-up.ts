import { setTimeout as delay } from 'node:timers/promises'
import type Stripe from 'stripe'
import { OutcomeUnknown, type StepContext } from '../../workflow/index.ts'
import { askStripe } from './ask-stripe.ts'

/** Stripe's clock and ours may differ by this much. What is ours is told by its reference: the time only bounds a search. */
const CLOCK_SKEW_S = 300
const PAGE = 100
/** A search ends after so many pages; what it has not found by then it cannot tell. */
const MAX_PAGES = 100
/** A list may lag behind what was done by some seconds: nothing counts as absent that had less time than this to show. */
const LISTS_SETTLE_MS = 3_000

/** What every list of Stripe takes. */
export interface PageRequest {
  readonly limit: number
  readonly starting_after?: string
}
type ReadPage<T> = (page: PageRequest) => Promise<Stripe.ApiList<T>>

/** The time that a search begins at: a little before the step's first try, as Stripe writes times. */
export function searchFrom({ firstTriedAt }: Pick<StepContext, 'firstTriedAt'>): { gte: number } {
  return { gte: Math.floor(Date.parse(firstTriedAt) / 1000) - CLOCK_SKEW_S }
}

/**
 * Every object of a list, page by page.
 * @throws OutcomeUnknown when there are more than can be looked through: it is the operator's
 */
export async function* readList<T extends { readonly id: string }>(
  readPage: ReadPage<T>,
  asked: Pick<StepContext, 'step' | 'key'>,
): AsyncIterable<T> {
  let after: string | undefined
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const page = await askStripe(() => readPage({ limit: PAGE, ...(after !== undefined && { starting_after: after }) }))
    yield* page.data
    after = page.data.at(-1)?.id
    if (!page.has_more || after === undefined) return
  }
  throw new OutcomeUnknown(asked, `Stripe lists more than ${MAX_PAGES * PAGE} objects that it may be among`)
}

/** The first object of a list that is ours; null when there is none. */
export async function findInList<T extends { readonly id: string }>(
  readPage: ReadPage<T>,
  isOurs: (object: T) => boolean,
  asked: Pick<StepContext, 'step' | 'key'>,
): Promise<T | null> {
  for await (const object of readList(readPage, asked)) if (isOurs(object)) return object
  return null
}

/** Looks, and looks again once Stripe's lists have caught up, before something counts as absent. */
export async function lookTwice<T>(look: () => Promise<T | null>, { signal }: StepContext): Promise<T | null> {
  const found = await look()
  if (found !== null) return found
  await delay(LISTS_SETTLE_MS, undefined, { signal })
  return look()
}
