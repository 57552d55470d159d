import type { Logger } from '../core/index.ts'
import { checkHolder, checkText, label, MAX_TEXT_LENGTH, notZero } from './command.ts'
import { decideCorrect } from './decide-correct.ts'
import { InvalidCommand } from './errors.ts'
import type { RunCommand } from './hold.ts'
import type { CorrectionRequest, Credits } from './types.ts'

/** Gives or takes credits by hand. The entry says why, and so does the log. */
export async function correctCredits(
  run: RunCommand,
  logger: Logger,
  request: CorrectionRequest,
): ReturnType<Credits['correct']> {
  const { holder, reason, allowDebt = false, also } = request
  const amount = notZero(request.amount)
  if (checkText('reason', reason, MAX_TEXT_LENGTH).trim() === '')
    throw new InvalidCommand({ field: 'reason', reason: 'say why, in at least one word' })
  const command = {
    label: label('correct', { ...request, description: reason }, [amount, reason, allowDebt]),
    ...{ amount, reason, allowDebt },
  }
  const { entry, replayed } = await run({
    holder: checkHolder(holder),
    label: command.label,
    also,
    decide: (books, moment) => decideCorrect(books, command, moment),
  })
  if (!replayed) logger.info({ entry: entry.id, holder, amount, reason, refs: entry.refs }, 'credits corrected by hand')
  return { entry: entry.id, grant: entry.grant?.id ?? null, replayed }
}
