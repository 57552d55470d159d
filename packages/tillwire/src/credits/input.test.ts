import { describe, expect, it } from 'vitest'
import { isoAfter } from '../core/index.ts'
import { holderOf } from './index.ts'
import { give, newKey, openLedger, sums, units } from './testing/open-ledger.ts'

const ada = holderOf('ada')
const MAX = Number.MAX_SAFE_INTEGER

describe('amounts and other input', () => {
  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, MAX + 1])('refuses %s as an amount', async (amount) => {
    await using ledger = await openLedger()
    const { credits } = ledger
    const grant = await give(credits, ada, 10)
    const hold = await credits.reserve({ holder: ada, max: units(5), key: newKey(), ttl: '15m' })
    const bad = units(amount)
    const invalid = { code: 'invalid_amount' }
    const source = { kind: 'manual' } as const
    await expect(credits.grant({ holder: ada, amount: bad, key: newKey(), source })).rejects.toMatchObject(invalid)
    await expect(credits.reserve({ holder: ada, max: bad, key: newKey(), ttl: '1m' })).rejects.toMatchObject(invalid)
    await expect(credits.spend({ holder: ada, amount: bad, key: newKey() })).rejects.toMatchObject(invalid)
    await expect(hold.spend(bad, { key: newKey() })).rejects.toMatchObject(invalid)
    await expect(hold.extend({ more: bad, key: newKey() })).rejects.toMatchObject(invalid)
    if (amount !== 0) await expect(hold.settle(bad, { key: newKey() })).rejects.toMatchObject(invalid)
    const reversal = credits.reverse({ grant, amount: bad, key: newKey(), reason: 'refund' })
    await expect(reversal).rejects.toMatchObject(invalid)
    expect(await sums(credits, ada)).toEqual({ available: 5, held: 5, debt: 0 })
  })

  it('refuses sums that could not be counted exactly', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    const first = await give(credits, ada, MAX)
    await expect(give(credits, ada, 1)).rejects.toMatchObject({ code: 'balance_too_large' })
    await credits.spend({ holder: ada, amount: units(MAX), key: newKey() })
    const second = await give(credits, ada, MAX)
    await credits.spend({ holder: ada, amount: units(MAX), key: newKey() })
    await credits.reverse({ grant: first, amount: units(MAX), key: newKey(), reason: 'dispute' })
    const reversal = credits.reverse({ grant: second, amount: units(1), key: newKey(), reason: 'dispute' })
    await expect(reversal).rejects.toMatchObject({ code: 'balance_too_large' })
    expect(await sums(credits, ada)).toEqual({ available: 0, held: 0, debt: MAX })
  })

  it.each(['a\0', 'a\ud83d', '\ude00b'])('refuses the text %j wherever text enters', async (bad) => {
    await using ledger = await openLedger()
    const { credits } = ledger
    await give(credits, ada, 10)
    const holder = holderOf(bad)
    const grant = { holder: ada, amount: units(1), key: newKey(), source: { kind: 'manual' } } as const
    const spend = { holder: ada, amount: units(1), key: newKey() }
    const hold = await credits.reserve({ holder: ada, max: units(1), key: newKey(), ttl: '1m' })
    const correction = { ...spend, reason: 'r' }
    const refused = [
      [() => credits.grant({ ...grant, holder }), 'holder'],
      [() => credits.reserve({ holder, max: units(1), key: newKey(), ttl: '1m' }), 'holder'],
      [() => credits.balance(holder), 'holder'],
      [() => credits.grant({ ...grant, key: bad }), 'key'],
      [() => credits.grant({ ...grant, description: bad }), 'description'],
      [() => credits.grant({ ...grant, source: { kind: 'manual', reason: bad } }), 'source.reason'],
      [() => credits.grant({ ...grant, source: { kind: 'purchase', payment: bad } }), 'source.payment'],
      [() => credits.spend({ ...spend, refs: { why: bad } }), 'refs.why'],
      [() => credits.spend({ ...spend, refs: { [bad]: 'why' } }), 'refs'],
      [() => credits.spend({ ...spend, refs: JSON.parse('{"__proto__": "why"}') }), 'refs'],
      [() => hold.spend(units(1), { key: newKey(), description: bad }), 'description'],
      [() => hold.release({ key: bad }), 'key'],
      [() => credits.correct({ ...correction, reason: bad }), 'reason'],
      [() => credits.correct({ ...correction, holder }), 'holder'],
    ] as const
    for (const [run, field] of refused)
      await expect(run(), field).rejects.toMatchObject({ code: 'invalid_command', details: { field } })
    expect(await sums(credits, ada)).toEqual({ available: 9, held: 1, debt: 0 })
  })

  it('refuses texts that are too long to be kept', async () => {
    await using ledger = await openLedger()
    const long = 'x'.repeat(501)
    const spend = { holder: ada, amount: units(1), key: newKey() }
    const refused = [
      [() => ledger.credits.spend({ ...spend, description: long }), 'description'],
      [() => ledger.credits.spend({ ...spend, refs: { why: long } }), 'refs.why'],
      [() => ledger.credits.correct({ ...spend, reason: long }), 'reason'],
    ] as const
    for (const [run, field] of refused)
      await expect(run(), field).rejects.toMatchObject({ code: 'invalid_command', details: { field } })
  })

  it('refuses holders, keys, ends and times that are none', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    await give(credits, ada, 10)
    const grant = { holder: ada, amount: units(1), key: newKey(), source: { kind: 'manual' } } as const
    const reserve = { holder: ada, max: units(1), key: newKey(), ttl: '1m' } as const
    const hold = await credits.reserve(reserve)
    const refused = [
      [() => credits.grant({ ...grant, holder: 'ada' as never }), 'holder'],
      [() => credits.balance('user/' as never), 'holder'],
      [() => credits.grant({ ...grant, key: '' }), 'key'],
      [() => credits.grant({ ...grant, key: 'k'.repeat(201) }), 'key'],
      [() => credits.grant({ ...grant, key: 'k\ud800' }), 'key'],
      [() => credits.grant({ ...grant, key: 'k\0' }), 'key'],
      [() => credits.grant({ ...grant, expiresAt: 'tomorrow' }), 'expiresAt'],
      [() => credits.grant({ ...grant, expiresAt: '' }), 'expiresAt'],
      [() => credits.grant({ ...grant, expiresAt: '2027-02-30T00:00:00Z' }), 'expiresAt'],
      [() => credits.grant({ ...grant, expiresAt: 0 as never }), 'expiresAt'],
      [() => credits.grant({ ...grant, expiresIn: '0d' }), 'expiresIn'],
      [() => credits.grant({ ...grant, expiresIn: '36501d' }), 'expiresIn'],
      [() => credits.grant({ ...grant, expiresIn: '99999999d' }), 'expiresIn'],
      [() => credits.grant({ ...grant, source: { kind: 'purchase', payment: '' } }), 'source.payment'],
      [() => credits.grant({ ...grant, source: { kind: 'gift' } as never }), 'source.kind'],
      [() => credits.grant({ ...grant, source: null as never }), 'source'],
      [() => credits.spend({ ...grant, refs: { ['__proto__']: 'x' } }), 'refs'],
      [() => credits.spend({ ...grant, refs: 'x' as never }), 'refs'],
      [() => credits.spend({ ...grant, refs: null as never }), 'refs'],
      [() => credits.spend({ ...grant, key: 7 as never }), 'key'],
      [() => credits.reserve({ ...reserve, key: newKey(), id: '' }), 'id'],
      [() => credits.reserve({ ...reserve, key: newKey(), id: 7 as never }), 'id'],
      [() => credits.reserve({ ...reserve, key: newKey(), id: 'a\0' }), 'id'],
      [() => credits.reserve({ ...reserve, key: newKey(), overage: 'some' as never }), 'overage'],
      [() => credits.reverse({ grant: '', amount: units(1), key: newKey(), reason: 'refund' }), 'grant'],
      [() => credits.entries('user/'), 'holder'],
      [() => credits.entries('ada' as never), 'holder'],
      [() => credits.findPurchase(''), 'payment'],
      [() => credits.getHold(''), 'id'],
      [() => hold.extend({ key: newKey(), more: units(1), overage: '' as never }), 'overage'],
      [() => credits.grant({ ...grant, expiresAt: '2027-01-01', expiresIn: '1h' }), 'expiresIn'],
      [() => credits.grant({ ...grant, priority: 1.5 }), 'priority'],
      [() => credits.reserve({ ...reserve, ttl: '0m' }), 'ttl'],
      [() => credits.reserve({ ...reserve, ttl: '366d' }), 'ttl'],
      [() => hold.extend({ key: newKey() }), 'more'],
    ] as const
    for (const [run, field] of refused)
      await expect(run(), field).rejects.toMatchObject({ code: 'invalid_command', details: { field } })
    for (const length of ['soon', '', 0, null] as never[]) {
      const invalid = { code: 'invalid_duration' }
      await expect(credits.reserve({ ...reserve, ttl: length })).rejects.toMatchObject(invalid)
      await expect(credits.grant({ ...grant, expiresIn: length })).rejects.toMatchObject(invalid)
      await expect(hold.extend({ key: newKey(), more: units(1), ttl: length })).rejects.toMatchObject(invalid)
    }
    expect(await sums(credits, ada)).toEqual({ available: 9, held: 1, debt: 0 })
  })

  it('takes an end of up to a hundred years from now', async () => {
    await using ledger = await openLedger()
    const { credits, clock } = ledger
    const source = { kind: 'manual' } as const
    await credits.grant({ holder: ada, amount: units(5), key: newKey(), source, expiresIn: '36500d' })
    const [given] = (await credits.balance(ada)).grants
    expect(given?.expiresAt).toBe(isoAfter(clock.now(), '36500d'))
  })
})
