import { type Duration, formatCredits, InvalidDuration } from '../../core/index.ts'
import { checkExpiresIn, holderOf, InvalidCommand } from '../../credits/index.ts'
import { positiveAmount } from '../amount.ts'
import { NotAllowed, WrongUse } from '../errors.ts'
import type { Output } from '../output.ts'
import { requireUser, withTillwire } from '../with-tillwire.ts'

interface GrantOptions {
  readonly key: string
  readonly expires?: string
  readonly reason?: string
}

/** `tillwire grant USERNAME CREDITS --key KEY [--expires 30d] [--reason TEXT]` */
export async function grant(output: Output, username: string, amount: string, options: GrantOptions): Promise<boolean> {
  const size = positiveAmount(amount)
  const expiresIn = options.expires === undefined ? undefined : lengthOf(options.expires)
  return await withTillwire(async (tillwire) => {
    const { mode, allowed } = tillwire.settings
    if (mode === 'production' && !allowed.has('manual-grants')) throw new NotAllowed('A grant by hand', 'manual-grants')
    const user = await requireUser(tillwire, username)
    const holder = holderOf(user.id)
    const given = await tillwire.credits.grant({
      holder,
      amount: size,
      key: options.key,
      source: { kind: 'manual', reason: options.reason },
      expiresIn,
      description: options.reason,
    })
    const { available } = await tillwire.credits.balance(holder)
    output.result({ holder, grant: given.grant, amount: size, replayed: given.replayed, available }, [
      given.replayed
        ? `Key "${options.key}" was used before: nothing was given again.`
        : `Gave ${formatCredits(size)} credits to ${username}.`,
      `available ${formatCredits(available)}`,
    ])
    return true
  })
}

function lengthOf(text: string): Duration {
  try {
    return checkExpiresIn(text as Duration)
  } catch (error) {
    if (InvalidDuration.is(error)) throw new WrongUse(`--expires: ${error.message}`)
    if (InvalidCommand.is(error)) throw new WrongUse(`--expires: ${error.details.reason}.`)
    throw error
  }
}
