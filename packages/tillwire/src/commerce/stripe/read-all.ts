import type Stripe from 'stripe'
import { TooMany } from '../errors.ts'
import { askStripe } from './ask-stripe.ts'

const PAGE = 100

interface Range {
  readonly limit: number
  readonly starting_after?: string
}

/**
 * Every object of a list at Stripe, newest first, page by page.
 * @param most so many are read
 * @throws TooMany when there are more: what is added up has to be whole
 */
export async function readAll<T extends { readonly id: string }>(
  what: string,
  most: number,
  list: (range: Range) => Promise<Stripe.ApiList<T>>,
): Promise<T[]> {
  const all: T[] = []
  for (;;) {
    const last = all.at(-1)
    const page = await askStripe(() => list({ limit: PAGE, ...(last && { starting_after: last.id }) }))
    all.push(...page.data)
    if (!page.has_more || page.data.length === 0) return all
    if (all.length >= most) throw new TooMany(what, most)
  }
}
