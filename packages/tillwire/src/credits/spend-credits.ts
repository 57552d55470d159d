import { checkHolder, label, positive } from './command.ts'
import { decideSpend } from './decide-spend.ts'
import type { RunCommand } from './hold.ts'
import type { Credits } from './types.ts'

/** Spends available credits at once, without a hold. */
export async function spendCredits(
  run: RunCommand,
  request: Parameters<Credits['spend']>[0],
): ReturnType<Credits['spend']> {
  const amount = positive(request.amount)
  const command = { label: label('spend', request, [amount]), amount }
  const { entry } = await run({
    holder: checkHolder(request.holder),
    label: command.label,
    also: request.also,
    decide: (books, moment) => decideSpend(books, command, moment),
  })
  return { entry: entry.id }
}
