import { describe, expect, it } from 'vitest'
import { insert, remove, replace } from '../store/index.ts'
import { holderOf } from './index.ts'
import { grants, holds, ledgerAccounts, ledgerEntries } from './schema.ts'
import { give, newKey, openLedger, type TestLedger, units } from './testing/open-ledger.ts'

const ada = holderOf('ada')

describe('check', () => {
  it('finds nothing wrong in a ledger that had everything happen to it', async () => {
    await using ledger = await openLedger()
    await everything(ledger)
    const { problems, checked, totals } = await ledger.credits.check()
    expect(problems).toEqual([])
    expect(checked).toEqual({ holders: 1, entries: 10, grants: 3, holds: 3 })
    expect(Object.values(totals).reduce((sum, amount) => sum + amount, 0n)).toBe(0n)
    expect(totals).toEqual({
      available: 110n,
      held: 10n,
      debt: 0n,
      issued: -150n,
      consumed: 3n,
      expired: 17n,
      reversed: 10n,
      absorbed: 0n,
      corrected: 0n,
    })
  })

  it('adds up what no number can hold', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    const most = Number.MAX_SAFE_INTEGER
    await Promise.all(['ada', 'grace', 'joan'].map((name) => give(credits, holderOf(name), most)))
    await credits.spend({ holder: ada, amount: units(most), key: newKey() })
    await give(credits, ada, most)
    const { problems, totals } = await credits.check()
    expect(problems).toEqual([])
    expect(totals).toMatchObject({ issued: -4n * BigInt(most), consumed: BigInt(most), available: 3n * BigInt(most) })
  })

  it('writes nothing', async () => {
    await using ledger = await openLedger()
    await everything(ledger)
    ledger.clock.advance('1d')
    const before = await ledger.store.collection(ledgerAccounts).get(ada)
    await ledger.credits.check()
    expect(await ledger.store.collection(ledgerAccounts).get(ada)).toEqual(before)
  })

  it('may run while credits move', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    await give(credits, ada, 1_000)
    let moving = true
    const mover = (async () => {
      while (moving) {
        const hold = await credits.reserve({ holder: ada, max: units(2), key: newKey(), ttl: '1m' })
        await hold.settle(units(1), { key: newKey() })
      }
    })()
    try {
      for (let round = 0; round < 5; round++) {
        const { problems } = await credits.check()
        expect(problems.filter(({ code }) => code !== 'account_moving')).toEqual([])
      }
    } finally {
      moving = false
      await mover
    }
  })

  const tampering: readonly (readonly [string, string[], (ledger: TestLedger) => Promise<unknown>])[] = [
    ['a balance that was raised', ['balance_mismatch'], (l) => change(l, ledgerAccounts, ada, { available: 1_000 })],
    ['a grant that was refilled', ['grant_mismatch'], (l) => changeFirst(l, grants, { amount: 999 })],
    ['a hold that was made larger', ['hold_mismatch'], (l) => changeFirst(l, holds, { max: 999 })],
    ['an ended hold that was opened again', ['hold_mismatch'], (l) => changeFirst(l, holds, { status: 'open' })],
    [
      'an entry whose postings were changed',
      ['entry_unbalanced', 'after_mismatch', 'balance_mismatch', 'grant_mismatch'],
      (l) => changeFirst(l, ledgerEntries, { postings: [{ account: 'available', amount: 5, grant: null }] }),
    ],
    ['an entry whose key was changed', ['entry_misnamed'], (l) => changeFirst(l, ledgerEntries, { key: 'another' })],
    [
      'an entry that is gone',
      ['entry_missing'],
      async ({ store }) => {
        const entry = await store.collection(ledgerEntries).findOne({ kind: 'release' })
        await store.commit({ writes: [remove(ledgerEntries, entry!.id, { ifVersion: 1 })] })
      },
    ],
    [
      'an alarm that was put off',
      ['alarm_mismatch'],
      (l) => change(l, ledgerAccounts, ada, { alarmAt: '2027-01-01T00:00:00.000Z' }),
    ],
    ['an alarm that is not set', ['alarm_mismatch'], (l) => change(l, ledgerAccounts, ada, { alarmAt: null })],
    [
      'a history that was cut short',
      ['sequence_gap'],
      async (l) => {
        const entry = await l.store.collection(ledgerEntries).findOne({ kind: 'release' })
        await change(l, ledgerEntries, entry!.id, { previous: null })
      },
    ],
    [
      'a history that leads round in a circle',
      ['sequence_gap'],
      async (l) => {
        const account = await l.store.collection(ledgerAccounts).get(ada)
        const { items } = await l.store.collection(ledgerEntries).find({ limit: 1 })
        await change(l, ledgerEntries, items[0]!.id, { previous: account!.newest })
      },
    ],
    [
      'an entry that is in no history',
      ['entry_unchained'],
      async ({ store }) => {
        const entry = (await store.collection(ledgerEntries).findOne({ kind: 'settle' }))!
        await store.collection(ledgerEntries).insert({ ...fieldsOf(entry), id: 'entry_forged', key: 'forged' })
      },
    ],
    [
      'an entry beyond the newest',
      ['entry_unchained'],
      async ({ store }) => {
        const entry = (await store.collection(ledgerEntries).findOne({ kind: 'settle' }))!
        const forged = { ...fieldsOf(entry), id: 'entry_forged', key: 'forged', sequence: 1_000 }
        await store.collection(ledgerEntries).insert(forged)
      },
    ],
    [
      'a grant that is gone',
      ['grant_missing'],
      async ({ store }) => {
        const grant = await store.collection(grants).findOne({ priority: 100 })
        await store.commit({ writes: [remove(grants, grant!.id, { ifVersion: grant!.version })] })
      },
    ],
    [
      'a hold that is gone',
      ['hold_missing'],
      async ({ store }) => {
        const hold = await store.collection(holds).findOne({ status: 'open' })
        await store.commit({ writes: [remove(holds, hold!.id, { ifVersion: hold!.version })] })
      },
    ],
    [
      'an account that is gone',
      ['account_missing'],
      async ({ store }) => {
        const account = await store.collection(ledgerAccounts).get(ada)
        await store.commit({ writes: [remove(ledgerAccounts, ada, { ifVersion: account!.version })] })
      },
    ],
    [
      'a hold and a grant that no entry made',
      ['hold_without_entry', 'grant_without_entry'],
      async ({ store }) => {
        const { version: _, createdAt: __, updatedAt: ___, ...hold } = (await store.collection(holds).findOne({}))!
        const grant = (await store.collection(grants).findOne({}))!
        await store.commit({
          writes: [
            insert(holds, { ...hold, id: 'hold_forged' }),
            insert(grants, { ...fieldsOf(grant), source: { kind: 'manual' }, id: 'grant_forged' }),
          ],
        })
      },
    ],
  ]
  it.each(tampering)('tells %s', async (_, codes, tamper) => {
    await using ledger = await openLedger()
    await everything(ledger)
    await tamper(ledger)
    const { problems } = await ledger.credits.check()
    expect(problems.map(({ code }) => code)).toEqual(expect.arrayContaining(codes))
    for (const { id, message } of problems) {
      expect(id).not.toBe('')
      expect(message).toMatch(/\.$/)
    }
  })
})

/** A grant, one that ends, one taken back in part, and holds settled, released, open. */
async function everything({ credits, clock }: TestLedger): Promise<void> {
  await give(credits, ada, 100)
  await give(credits, ada, 30, { expiresAt: '2026-01-01T01:00:00.000Z' })
  const purchase = { kind: 'purchase', payment: 'pi_1' } as const
  const bought = await credits.grant({ holder: ada, amount: units(20), key: newKey(), source: purchase })
  const reserve = () => credits.reserve({ holder: ada, max: units(10), key: newKey(), ttl: '2h' })
  const settled = await reserve()
  await settled.settle(units(3), { key: newKey() })
  const released = await reserve()
  await released.release()
  await reserve()
  clock.advance('90m')
  await credits.reverse({ grant: bought.grant, amount: units(10), key: newKey(), reason: 'refund' })
}

async function change(
  { store }: TestLedger,
  collection: typeof ledgerAccounts | typeof grants | typeof holds | typeof ledgerEntries,
  id: string,
  patch: object,
): Promise<void> {
  const document = (await store.collection(collection).get(id))!
  const changed = { ...fieldsOf(document), ...patch }
  await store.commit({ writes: [replace(collection, id, changed as never, { ifVersion: document.version })] })
}

async function changeFirst(
  ledger: TestLedger,
  collection: typeof grants | typeof holds | typeof ledgerEntries,
  patch: object,
): Promise<void> {
  const { items } = await ledger.store.collection(collection).find({ limit: 1 })
  await change(ledger, collection, items[0]!.id, patch)
}

function fieldsOf<D extends { version: number; createdAt: string; updatedAt: string }>(document: D) {
  const { version, createdAt, updatedAt, ...fields } = document
  return fields
}
