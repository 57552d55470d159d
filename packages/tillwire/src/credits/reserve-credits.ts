import type { Store } from '../store/index.ts'
import { checkHolder, checkId, checkOverage, checkTtl, endsAfter, label, positive } from './command.ts'
import { decideReserve } from './decide-reserve.ts'
import { holdAfter, holdOf, type RunCommand } from './hold.ts'
import type { Hold, ReserveRequest } from './types.ts'

/** Sets credits aside. */
export async function reserveCredits(store: Store, run: RunCommand, request: ReserveRequest): Promise<Hold> {
  const { id, holder, also } = request
  const overage = checkOverage(request.overage ?? 'reject')
  if (id !== undefined) checkId('id', id)
  const max = positive(request.max)
  const ttl = checkTtl(request.ttl)
  const command = { label: label('reserve', request, [max, ttl, overage]), id, max, overage }
  const recorded = await run({
    holder: checkHolder(holder),
    label: command.label,
    also,
    decide: (books, moment) => decideReserve(books, { ...command, expiresAt: endsAfter(moment, ttl) }, moment),
  })
  return holdOf(store, run, holdAfter(recorded))
}
