import { credits } from 'tillwire'
import { expect } from 'vitest'
import type { Whole } from '../../apps/server/tests/whole.ts'
import { entriesOf, give, moneyOf } from './money.ts'

/** A signed-in user with credits, whom no bad input may cost anything. */
export interface Bystander {
  readonly cookie: string
  readonly userId: string
  readonly email: string
  /** The process lives and serves, and this user's credits, entries and answers are as they were. */
  expectUnharmed(): Promise<void>
}

export async function bystander(whole: Whole, name: string): Promise<Bystander> {
  const user = await whole.signUp(name)
  await give(whole, user.userId, credits(100))
  const state = async () => ({ ...(await moneyOf(whole, user.userId)), entries: await entriesOf(whole, user.userId) })
  const before = await state()
  return {
    ...user,
    async expectUnharmed() {
      const health = await fetch(`${whole.url}/health`)
      expect([health.status, await health.json()]).toEqual([200, { status: 'ok' }])
      expect(await state()).toEqual(before)
      expect((await whole.tillwire.credits.check()).problems).toEqual([])
    },
  }
}
