import { formatCredits } from '../../core/index.ts'
import { holderOf } from '../../credits/index.ts'
import type { Output } from '../output.ts'
import { requireUser, withTillwire } from '../with-tillwire.ts'

/** `tillwire balance USERNAME` */
export async function balance(output: Output, username: string): Promise<boolean> {
  return await withTillwire(async (tillwire) => {
    const user = await requireUser(tillwire, username)
    const holder = holderOf(user.id)
    const { available, held, debt } = await tillwire.credits.balance(holder)
    output.result({ holder, available, held, debt }, [
      `available ${formatCredits(available)}`,
      `held      ${formatCredits(held)}`,
      `debt      ${formatCredits(debt)}`,
    ])
    return true
  })
}
