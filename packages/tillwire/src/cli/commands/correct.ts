import { userInfo } from 'node:os'
import { formatCredits } from '../../core/index.ts'
import { holderOf } from '../../credits/index.ts'
import { signedAmount } from '../amount.ts'
import { NotAllowed } from '../errors.ts'
import type { Output } from '../output.ts'
import { requireUser, withTillwire } from '../with-tillwire.ts'

interface CorrectOptions {
  readonly key: string
  readonly reason: string
  readonly allowDebt?: boolean
}

/** `tillwire correct USERNAME CREDITS --key KEY --reason TEXT [--allow-debt]` */
export async function correct(
  output: Output,
  username: string,
  credits: string,
  { key, reason, allowDebt = false }: CorrectOptions,
): Promise<boolean> {
  const amount = signedAmount(credits)
  return await withTillwire(async (tillwire) => {
    const { mode, allowed } = tillwire.settings
    if (mode === 'production' && !allowed.has('manual-grants'))
      throw new NotAllowed('A correction by hand', 'manual-grants')
    const user = await requireUser(tillwire, username)
    const holder = holderOf(user.id)
    const by = userInfo().username
    const corrected = await tillwire.credits.correct({ holder, amount, key, reason, allowDebt, refs: { by } })
    const { available, debt } = await tillwire.credits.balance(holder)
    output.result({ holder, amount, ...corrected, available, debt }, [
      corrected.replayed ? `Key "${key}" was used before: nothing was moved again.` : moved(username, amount),
      `available ${formatCredits(available)}`,
      `debt      ${formatCredits(debt)}`,
    ])
    return true
  })
}

function moved(username: string, amount: Parameters<typeof formatCredits>[0]): string {
  const text = formatCredits(amount)
  return amount > 0 ? `Gave ${text} credits to ${username}.` : `Took ${text.replace('-', '')} credits from ${username}.`
}
