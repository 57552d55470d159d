import { setTimeout as delay } from 'node:timers/promises'
import type Stripe from 'stripe'
import { OutcomeUnknown, type StepContext } from '../../workflow/index.ts'
import { TooMany } from '../errors.ts'
import { type Range, readList } from './read-list.ts'

/** Stripe's clock and ours may differ by this much. What is ours is told by its reference: the time only bounds a search. */
const CLOCK_SKEW_S = 300
/** A search ends after so many objects; what it has not found by then it cannot tell. */
const MAX_SEARCHED = 10_000
/** A list may lag behind what was done by some seconds: nothing counts as absent that had less time than this to show. */
const LISTS_SETTLE_MS = 3_000

/** The time that a search begins at: a little before the step's first try, as Stripe writes times. */
export function searchFrom({ firstTriedAt }: Pick<StepContext, 'firstTriedAt'>): { gte: number } {
  return { gte: Math.floor(Date.parse(firstTriedAt) / 1000) - CLOCK_SKEW_S }
}

/**
 * The first object of a list that is ours; null when there is none.
 * @throws OutcomeUnknown when there are more than can be looked through: the step is the operator's
 */
export async function findInList<T extends { readonly id: string }>(
  list: (range: Range) => Promise<Stripe.ApiList<T>>,
  isOurs: (object: T) => boolean,
  asked: Pick<StepContext, 'step' | 'key'>,
): Promise<T | null> {
  try {
    for await (const object of readList('objects that it may be among', MAX_SEARCHED, list))
      if (isOurs(object)) return object
    return null
  } catch (error) {
    throw TooMany.is(error) ? new OutcomeUnknown(asked, error.message) : error
  }
}

/** Looks, and looks again once Stripe's lists have caught up, before something counts as absent. */
export async function lookTwice<T>(look: () => Promise<T | null>, { signal }: StepContext): Promise<T | null> {
  const found = await look()
  if (found !== null) return found
  await delay(LISTS_SETTLE_MS, undefined, { signal })
  return look()
}
