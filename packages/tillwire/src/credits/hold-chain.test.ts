import { describe, expect, it } from 'vitest'
import type { Store } from '../store/index.ts'
import { MARK_EVERY, readHoldEntries } from './hold-chain.ts'
import { type Hold, holderOf, openCredits } from './index.ts'
import { type HoldRecord, holds, ledgerEntries } from './schema.ts'
import { give, openLedger, type TestLedger, units } from './testing/open-ledger.ts'
import { replacing } from './testing/planted.ts'

const ada = holderOf('ada')

/** A hold with so many slices spent of it. */
async function slicedHold({ credits }: TestLedger, slices: number): Promise<Hold> {
  await give(credits, ada, 1_000_000)
  const hold = await credits.reserve({ holder: ada, max: units(900_000), key: 'job/0000', ttl: '1h' })
  await spendSlices(hold, 1, slices)
  return hold
}

async function spendSlices(hold: Hold, from: number, to: number): Promise<void> {
  for (let slice = from; slice <= to; slice++) {
    const amount = slice === 1 ? 100_000 : 1
    await hold.spend(units(amount), { key: `job/${String(slice).padStart(4, '0')}` })
  }
}

/** Of a document, with all numbers as one digit. */
function sizeOf(record: HoldRecord): number {
  return JSON.stringify(record, (_, value: unknown) => (typeof value === 'number' ? 0 : value)).length
}

async function documentOf({ store }: TestLedger, hold: Hold): Promise<HoldRecord> {
  return (await store.collection(holds).get(hold.id))!
}

/** A store that counts how often documents are read, and how many at once at most. */
function counting(store: Store): { store: Store; reads: () => number; most: () => number } {
  let reads = 0
  let most = 0
  const counted = replacing(store, {
    collection: ((of: typeof ledgerEntries) =>
      replacing(store.collection(of), {
        getMany(ids) {
          reads += 1
          most = Math.max(most, ids.length)
          return store.collection(of).getMany(ids)
        },
      })) as Store['collection'],
  })
  return { store: counted, reads: () => reads, most: () => most }
}

describe('the entries of a hold', () => {
  it('leave its document as large after 2,000 slices as after 2, but for the name of a mark', async () => {
    await using ledger = await openLedger()
    const hold = await slicedHold(ledger, 2)
    const few = await documentOf(ledger, hold)
    await spendSlices(hold, 3, MARK_EVERY + 2)
    const marked = await documentOf(ledger, hold)
    await spendSlices(hold, MARK_EVERY + 3, 2_000)
    const many = await documentOf(ledger, hold)
    expect([few, marked, many]).toMatchObject([{ mark: null }, { moves: MARK_EVERY + 3 }, { moves: 2_001 }])
    expect(sizeOf(marked)).toBe(sizeOf(many))
    expect(sizeOf({ ...few, mark: many.mark })).toBe(sizeOf(many))
    expect((await hold.entries()).length).toBe(1)
  }, 60_000)

  it('are all named, oldest first, whatever their number, by few reads', async () => {
    await using ledger = await openLedger()
    const made = await slicedHold(ledger, 0)
    const { store, reads, most } = counting(ledger.store)
    const credits = openCredits({ store, clock: ledger.clock })
    const last = 4 * MARK_EVERY + 3
    const all = await made.entries()
    for (let moves = 1; moves <= last; moves++) {
      const before = reads()
      const hold = (await credits.getHold(made.id))!
      expect(await hold.entries()).toEqual(all.slice(0, moves))
      expect(reads() - before).toBeLessThanOrEqual(MARK_EVERY + moves / MARK_EVERY)
      const { entry } = await hold.spend(units(1), { key: `job/${moves}` })
      ;(all as string[]).push(entry)
    }
    expect(most()).toBeLessThanOrEqual(1 + last / MARK_EVERY)
    await made.settle(units(300), { key: 'job' })
    const { items } = await credits.entries(ada, { limit: 1_000 })
    const names = items.map(({ id }) => id).reverse()
    expect(await (await credits.getHold(made.id))!.entries()).toEqual(names.slice(1))
    expect((await credits.check()).problems).toEqual([])
  }, 60_000)

  it('are those up to the hold as it was given, also in a replay', async () => {
    await using ledger = await openLedger()
    const hold = await slicedHold(ledger, MARK_EVERY)
    const spend = () => hold.spend(units(1), { key: 'once' })
    const first = await spend()
    const then = await first.hold.entries()
    expect(then.length).toBe(MARK_EVERY + 2)
    await spendSlices(hold, MARK_EVERY + 1, 2 * MARK_EVERY)
    expect(await (await spend()).hold.entries()).toEqual(then)
    expect(await hold.entries()).toEqual(then.slice(0, 1))
  })

  const damage: readonly (readonly [string, number, (entry: HoldOf) => Partial<NonNullable<HoldOf>> | null])[] = [
    ['of the one before it', 30, () => ({ previous: null })],
    ['of one that is not there', 30, () => ({ previous: 'entry_none' })],
    ['of one further back', 30, (hold) => ({ previous: hold!.mark })],
    ['of another mark', MARK_EVERY * 2, () => ({ mark: 'entry_none' })],
    ['of another number', 30, () => ({ moves: 20 })],
    ['of another hold', 30, () => ({ id: 'hold_other' })],
    ['of no hold', 30, () => null],
  ]
  it.each(damage)('are not told, and check tells why, where one is damaged so that it is %s', async (_, at, change) => {
    await using ledger = await openLedger()
    const hold = await slicedHold(ledger, 2 * MARK_EVERY + 5)
    const { entries } = await readHoldEntries(ledger.store, await documentOf(ledger, hold))
    const { id, hold: state } = entries.find(({ hold }) => hold?.moves === at)!
    const changed = change(state)
    await ledger.store.collection(ledgerEntries).update(id, { hold: changed && { ...state!, ...changed } })
    const found = (await ledger.credits.getHold(hold.id))!
    await expect(found.entries()).rejects.toMatchObject({ code: 'entry_missing' })
    const codes = (await ledger.credits.check()).problems.map(({ code }) => code)
    expect(codes).toContain('hold_mismatch')
  })

  it('are told as far as they are there, with where the chain is broken', async () => {
    await using ledger = await openLedger()
    const hold = await slicedHold(ledger, 2 * MARK_EVERY)
    const record = await documentOf(ledger, hold)
    const { entries: all } = await readHoldEntries(ledger.store, record)
    const gone = all[MARK_EVERY + 9]!
    await ledger.store.collection(ledgerEntries).delete(gone.id)
    const { entries, broken } = await readHoldEntries(ledger.store, record)
    expect(broken).toEqual([gone.id])
    expect(entries).toEqual([...all.slice(0, MARK_EVERY), ...all.slice(MARK_EVERY + 10)])
  })
})

type HoldOf = NonNullable<Awaited<ReturnType<typeof readHoldEntries>>['entries'][number]>['hold']
