import { describe, expect, it } from 'vitest'
import { manualClock } from '../core/index.ts'
import { MAX_LIVE_GRANTS, MAX_OPEN_HOLDS } from './account.ts'
import { decideSpendHold } from './decide-hold.ts'
import { decideExtend } from './decide-reserve.ts'
import { MAX_HOLD_MOVES } from './hold-move.ts'
import { holderOf, openCredits } from './index.ts'
import { type Books, ownLabel } from './movement.ts'
import { give, newKey, openLedger, sums, units } from './testing/open-ledger.ts'

const ada = holderOf('ada')

describe('one account', () => {
  it('has so many open holds and no more', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    await give(credits, ada, 10_000)
    const reserve = () => credits.reserve({ holder: ada, max: units(1), key: newKey(), ttl: '15m' })
    const [first] = await Promise.all(Array.from({ length: MAX_OPEN_HOLDS }, reserve))
    const full = { code: 'ledger_limit_reached', details: { what: 'open holds', limit: MAX_OPEN_HOLDS } }
    await expect(reserve()).rejects.toMatchObject(full)
    await first!.release()
    expect((await reserve()).status).toBe('open')
  })

  it('has so many grants with credits left and no more', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    await Promise.all(Array.from({ length: MAX_LIVE_GRANTS }, () => give(credits, ada, 1)))
    const full = { code: 'ledger_limit_reached', details: { what: 'grants with credits left', limit: MAX_LIVE_GRANTS } }
    await expect(give(credits, ada, 1)).rejects.toMatchObject(full)
    await credits.spend({ holder: ada, amount: units(1), key: newKey() })
    expect(await give(credits, ada, 1)).toMatch(/^grant_/)
  })

  it('lives by the latest of its clocks: what ended for one process has ended for all', async () => {
    await using ledger = await openLedger()
    const late = openCredits({ store: ledger.store, clock: manualClock('2025-12-31T00:00:00.000Z') })
    await give(ledger.credits, ada, 10, { expiresAt: '2026-01-01T01:00:00.000Z' })
    const hold = await ledger.credits.reserve({ holder: ada, max: units(5), key: newKey(), ttl: '2h' })
    ledger.clock.advance('1h')
    await ledger.credits.expireDue()
    await hold.release()
    expect(await sums(late, ada)).toEqual({ available: 0, held: 0, debt: 0 })
    await give(late, ada, 5)
    const { items } = await late.entries(ada, { limit: 1 })
    expect(items[0]?.at).toBe('2026-01-01T01:00:00.000Z')
    expect((await late.check()).problems).toEqual([])
  })
})

it('a hold has so many movements, after which it can only end', () => {
  const hold = {
    id: 'hold_1',
    holder: ada,
    status: 'open' as const,
    max: 10,
    spent: 0,
    expiresAt: '2026-01-02T00:00:00.000Z',
    allocations: [{ grant: 'grant_1', amount: 10 }],
    newest: 'entry_1',
    moves: MAX_HOLD_MOVES,
    mark: null,
  }
  const books = { holds: new Map([[hold.id, hold]]) } as Partial<Books> as Books
  const command = { hold: hold.id, amount: units(1), label: ownLabel('spend', 'k') }
  const moment = { at: '2026-01-01T00:00:00.000Z', newId: (prefix: string) => prefix }
  const full = { code: 'ledger_limit_reached', details: { what: 'movements of hold "hold_1"', limit: 10_000 } }
  expect(() => decideSpendHold(books, command, moment)).toThrow(expect.objectContaining(full))
  const extension = { ...command, more: 0, overage: 'reject', expiresAt: null } as const
  expect(() => decideExtend(books, extension, moment)).toThrow(expect.objectContaining(full))
})
