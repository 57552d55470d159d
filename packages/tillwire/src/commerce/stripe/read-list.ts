import type Stripe from 'stripe'
import { TooMany } from '../errors.ts'
import { askStripe } from './ask-stripe.ts'

const PAGE = 100

/** What every list of Stripe takes. */
export interface Range {
  readonly limit: number
  readonly starting_after?: string
}

/**
 * Every object of a list at Stripe, newest first, page by page: what is read no further is not asked for.
 * @param most so many are read
 * @throws TooMany when there are more: what is added up, or absent from it, has to be whole
 */
export async function* readList<T extends { readonly id: string }>(
  what: string,
  most: number,
  list: (range: Range) => Promise<Stripe.ApiList<T>>,
): AsyncIterable<T> {
  let after: string | undefined
  for (let read = 0; ; ) {
    const page = await askStripe(() => list({ limit: PAGE, ...(after !== undefined && { starting_after: after }) }))
    yield* page.data
    after = page.data.at(-1)?.id
    if (!page.has_more || after === undefined) return
    read += page.data.length
    if (read >= most) throw new TooMany(what, most)
  }
}
