import type { Store } from '../store/index.ts'
import { checkId, label, positive } from './command.ts'
import { decideRestore } from './decide-restore.ts'
import { decideReverse } from './decide-reverse.ts'
import { GrantNotFound } from './errors.ts'
import type { RunCommand } from './hold.ts'
import { grants } from './schema.ts'
import type { Holder, ReversalRequest } from './types.ts'

/** Takes back a grant, or part of it. */
export function reverseGrant(store: Store, run: RunCommand, request: ReversalRequest): Promise<{ entry: string }> {
  return changeReversed(store, run, 'reverse', request)
}

/** Gives back what was reversed of a grant, or part of it. */
export function restoreGrant(store: Store, run: RunCommand, request: ReversalRequest): Promise<{ entry: string }> {
  return changeReversed(store, run, 'restore', request)
}

const DECIDE = { reverse: decideReverse, restore: decideRestore }

async function changeReversed(
  store: Store,
  run: RunCommand,
  kind: 'reverse' | 'restore',
  { grant, key, reason, also, ...request }: ReversalRequest,
): Promise<{ entry: string }> {
  const amount = positive(request.amount)
  checkId('grant', grant)
  const command = { label: label(kind, { key, refs: { reason } }, [grant, amount, reason]), grant, amount }
  const found = await store.collection(grants).get(grant)
  if (!found) throw new GrantNotFound(grant)
  const { entry } = await run({
    holder: found.holder as Holder,
    grant,
    label: command.label,
    also,
    decide: (books, moment) => DECIDE[kind](books, command, moment),
  })
  return { entry: entry.id }
}
