import { pagesOf } from '../store/index.ts'
import { isGoneAtStripe } from './customers/remake-customer.ts'
import type { Parts } from './parts.ts'
import { customers } from './schema.ts'
import { readList } from './stripe/read-list.ts'
import type { Commerce } from './types.ts'

const PAGE = 100
/** Customers at Stripe that are looked through, the newest first. */
const MAX_LISTED = 10_000
/** Customers of ours that were not among them, and are asked for one by one. */
const MAX_ASKED = 1_000

type Problem = Awaited<ReturnType<Commerce['check']>>['problems'][number]

/** Tells the customers that are linked to one at Stripe which is not there any more. Reads only. */
export async function checkCustomers(
  parts: Parts,
): Promise<{ readonly problems: Problem[]; readonly checked: number }> {
  const there = await idsAtStripe(parts)
  const problems: Problem[] = []
  let checked = 0
  let asked = 0
  for await (const page of pagesOf(parts.store, customers, { limit: PAGE }))
    for (const { id, stripeCustomerId } of page) {
      if (!there.has(stripeCustomerId)) {
        if (asked++ >= MAX_ASKED) continue
        if (await isGoneAtStripe(parts, stripeCustomerId)) problems.push(goneProblem(id, stripeCustomerId))
      }
      checked++
    }
  return { problems, checked }
}

function goneProblem(id: string, stripeCustomerId: string): Problem {
  const message = `Customer ${stripeCustomerId} was deleted at Stripe, with its cards: the next checkout or charge makes it again.`
  return { code: 'customer_gone', id, message }
}

async function idsAtStripe({ stripe }: Parts): Promise<ReadonlySet<string>> {
  const ids = new Set<string>()
  const listed = readList('customers', MAX_LISTED + PAGE, (range) => stripe.customers.list(range))
  for await (const { id } of listed) if (ids.add(id).size >= MAX_LISTED) break
  return ids
}
