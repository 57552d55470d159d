import type { Store } from '../store/index.ts'
import { label, positive } from './command.ts'
import { decideReverse } from './decide-reverse.ts'
import { GrantNotFound } from './errors.ts'
import type { RunCommand } from './hold.ts'
import { grants } from './schema.ts'
import type { Credits, Holder } from './types.ts'

/** Takes back a grant, or part of it. */
export async function reverseGrant(
  store: Store,
  run: RunCommand,
  request: Parameters<Credits['reverse']>[0],
): ReturnType<Credits['reverse']> {
  const { grant, key, reason, also } = request
  const amount = positive(request.amount)
  const command = { label: label('reverse', { key, refs: { reason } }, [grant, amount, reason]), grant, amount }
  const found = await store.collection(grants).get(grant)
  if (!found) throw new GrantNotFound(grant)
  const { entry } = await run({
    holder: found.holder as Holder,
    grant,
    label: command.label,
    also,
    decide: (books, moment) => decideReverse(books, command, moment),
  })
  return { entry: entry.id }
}
