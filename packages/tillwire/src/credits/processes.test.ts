import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openStore } from '../store/index.ts'
import { creditsCollections, holderOf, openCredits } from './index.ts'
import { give, sums } from './testing/open-ledger.ts'

const ada = holderOf('ada')
const program = join(import.meta.dirname, 'testing', 'spend-all.ts')
/** So many that one process is not done before the other, on a busy machine, has begun. */
const GIVEN = 1_000

describe('two processes on one file', () => {
  it('spend one account to the last credit and not further', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tillwire-credits-'))
    const url = `file:${join(folder, 'ledger.db')}`
    try {
      await using store = await openStore({ url, collections: creditsCollections })
      const credits = openCredits({ store })
      await give(credits, ada, GIVEN)
      const processes = ['a', 'b'].map((name) => fork(program, [url, name]))
      await Promise.all(processes.map((one) => once(one, 'message')))
      const spent = await Promise.all(
        processes.map(async (one) => {
          one.send('go')
          const [count] = await once(one, 'message')
          await once(one, 'exit')
          return count as number
        }),
      )
      // The last credit cannot be held, for a hold takes two.
      expect(spent[0]! + spent[1]!).toBe(GIVEN - 1)
      expect(Math.min(...spent)).toBeGreaterThan(0)
      expect(await sums(credits, ada)).toEqual({ available: 1, held: 0, debt: 0 })
      expect(await credits.check()).toMatchObject({ problems: [], checked: { holds: GIVEN - 1 } })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
