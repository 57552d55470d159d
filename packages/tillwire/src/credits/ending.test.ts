import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { isoAfter, isTillwireError, manualClock } from '../core/index.ts'
import { openStore, type Store } from '../store/index.ts'
import { type Credits, creditsCollections, holderOf, openCredits } from './index.ts'
import { give, newKey, openLedger, type TestLedger, units } from './testing/open-ledger.ts'
import { replacing } from './testing/planted.ts'

const ada = holderOf('ada')
const GIVEN = 100

/** A ledger as another process has it, between whose reads `meanwhile` happens. */
function interrupted({ store, clock }: TestLedger, meanwhile: () => Promise<unknown>): Credits {
  const snapshot = (async (reads: Parameters<Store['snapshot']>[0]) => {
    const read = await store.snapshot(reads)
    await meanwhile()
    return read
  }) as Store['snapshot']
  return openCredits({ store: replacing(store, { snapshot }), clock })
}

describe('a hold that another process ends between two reads', () => {
  const asked: Record<string, (credits: Credits, hold: string) => Promise<unknown>> = {
    balance: async (credits) => {
      const { available, held } = await credits.balance(ada)
      return [available, held]
    },
    getHold: async (credits, hold) => (await credits.getHold(hold))?.status,
    spend: (credits) => credits.spend({ holder: ada, amount: units(GIVEN), key: newKey() }),
    reserve: (credits) => credits.reserve({ holder: ada, max: units(GIVEN), key: newKey(), ttl: '1h' }),
    grant: (credits) => give(credits, ada, 1),
    expireDue: (credits) => credits.expireDue(),
  }
  it.each(Object.keys(asked))('is no fault to %s', async (name) => {
    await using ledger = await openLedger()
    const { credits, clock } = ledger
    await give(credits, ada, GIVEN)
    const hold = await credits.reserve({ holder: ada, max: units(10), key: newKey(), ttl: '15m' })
    clock.advance('15m')
    const other = interrupted(ledger, () => credits.expireDue())
    const answer = await asked[name]?.(other, hold.id)
    if (name === 'balance') expect(answer).toEqual([GIVEN, 0])
    if (name === 'getHold') expect(answer).toBe('expired')
    expect((await credits.check()).problems).toEqual([])
  })

  it('and that was moved and spent from meanwhile is told as it is then', async () => {
    await using ledger = await openLedger()
    const { credits, clock } = ledger
    await give(credits, ada, GIVEN)
    const hold = await credits.reserve({ holder: ada, max: units(10), key: newKey(), ttl: '15m' })
    clock.advance('14m')
    const late = manualClock(isoAfter(clock.now(), '1m'))
    let isMoved = false
    const other = interrupted({ ...ledger, clock: late }, async () => {
      if (isMoved) return
      isMoved = true
      await hold.spend(units(4), { key: newKey() })
      await hold.extend({ ttl: '1h', key: newKey() })
    })
    expect(await other.balance(ada)).toMatchObject({ available: GIVEN - 10, held: 6 })
  })

  it('is no fault where processes end holds all the time', { timeout: 60_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tillwire-ending-'))
    const url = `file:${join(folder, 'ledger.db')}`
    try {
      await using store = await openStore({ url, collections: creditsCollections })
      const credits = openCredits({ store })
      await give(credits, ada, GIVEN)
      const program = join(import.meta.dirname, 'testing', 'end-holds.ts')
      await using processes = forked(program, [url, 'a'], [url, 'b'])
      await Promise.all(processes.all.map((one) => once(one, 'message')))
      let newest: string | null = null
      const results: unknown[] = []
      for (const one of processes.all)
        one.on('message', (message) => {
          if (typeof message === 'string') newest = message
          else results.push(message)
        })
      let looks = 0
      while (looks < 300) {
        // What the others tell is heard between two turns.
        await setImmediate()
        const { available, held } = await credits.balance(ada)
        expect(available + held).toBe(GIVEN)
        if (newest) {
          looks += 1
          const hold = await credits.getHold(newest)
          expect(['open', 'expired']).toContain(hold?.status)
          await hold?.release().catch((error: unknown) => {
            if (!isTillwireError(error) || error.code !== 'hold_ended') throw error
          })
        }
      }
      for (const one of processes.all) one.send('stop')
      await Promise.all(processes.all.map((one) => once(one, 'exit')))
      expect(results).toEqual([{ ended: expect.any(Number) }, { ended: expect.any(Number) }])
      expect((await credits.check()).problems).toEqual([])
      await credits.close()
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})

/** Processes that end with the scope at the latest. */
function forked(program: string, ...calls: readonly string[][]) {
  const all = calls.map((args) => fork(program, args))
  return {
    all,
    async [Symbol.asyncDispose]() {
      for (const one of all) if (one.exitCode === null) one.kill('SIGKILL')
    },
  }
}
