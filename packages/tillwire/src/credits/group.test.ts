import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { systemClock } from '../core/index.ts'
import {
  collection,
  insert,
  openStore,
  replace,
  requireVersion,
  type Store,
  StoreUnavailable,
  VersionConflict,
} from '../store/index.ts'
import { MAX_GROUP, MAX_WAITING } from './group.ts'
import {
  type Also,
  type Credits,
  type CreditsOptions,
  creditsCollections,
  type Holder,
  holderOf,
  ledgerAccounts,
  openCredits,
} from './index.ts'
import { give, newKey, openLedger, sums, units } from './testing/open-ledger.ts'
import { interleaving, replacing } from './testing/planted.ts'

const ada = holderOf('ada')
const notes = collection({ name: 'notes', schema: z.object({ text: z.string().max(10) }), unique: [['text']] })

describe('commands at the same time', () => {
  it('never hold more than there is: 64 callers, credits for 10', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    await give(credits, ada, 109)
    const outcomes = await Promise.allSettled(
      Array.from({ length: 64 }, () => credits.reserve({ holder: ada, max: units(10), key: newKey(), ttl: '15m' })),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'out_of_credits', details: { needed: 10, available: 9 } },
    })
    expect(await sums(credits, ada)).toEqual({ available: 9, held: 100, debt: 0 })
    expect((await credits.check()).problems).toEqual([])
  })

  it('share commits, and more than one group of them waits', async () => {
    await using ledger = await openLedger()
    const { store, clock } = ledger
    const sizes: number[] = []
    const counted = replacing(store, {
      commit(commit) {
        sizes.push(
          commit.writes.filter(({ op, collection }) => op === 'insert' && collection.name === 'ledger_entries').length,
        )
        return store.commit(commit)
      },
    })
    const credits = openCredits({ store: counted, clock })
    await Promise.all(Array.from({ length: 2 * MAX_GROUP + 10 }, (_, index) => give(credits, holderOf(`${index}`), 1)))
    expect(sizes).toEqual([MAX_GROUP, MAX_GROUP, 10])
    expect(await credits.check()).toMatchObject({ problems: [], checked: { holders: 2 * MAX_GROUP + 10 } })
  })

  it('are bounded: one too many is refused and may come again', async () => {
    await using ledger = await openLedger()
    const { credits } = ledger
    const given = Array.from({ length: MAX_WAITING }, () => give(credits, ada, 1).catch(() => null))
    await expect(give(credits, ada, 1)).rejects.toMatchObject({ code: 'ledger_busy', retryable: true })
    await credits.close()
    expect((await Promise.all(given)).filter((grant) => grant !== null).length).toBeGreaterThan(0)
  })

  it('through several ledgers on one store lose nothing', async () => {
    await using ledger = await openLedger()
    const store = interleaving(ledger.store)
    const ledgers = [1, 2, 3].map(() => openCredits({ store, clock: ledger.clock }))
    await give(ledger.credits, ada, 1_000)
    await Promise.all(
      Array.from({ length: 90 }, (_, index) =>
        ledgers[index % 3]!.spend({ holder: ada, amount: units(10), key: newKey() }),
      ),
    )
    expect(await sums(ledger.credits, ada)).toEqual({ available: 100, held: 0, debt: 0 })
    expect((await ledger.credits.check()).problems).toEqual([])
  })

  it('on a damaged account fail alone', async () => {
    await using ledger = await openLedger()
    const { credits, store } = ledger
    await give(credits, ada, 10)
    await give(credits, holderOf('grace'), 10)
    const { version, createdAt, updatedAt, ...account } = (await store.collection(ledgerAccounts).get(ada))!
    const damaged = { ...account, dueAt: '2026-01-01T00:00:00.000Z' }
    await store.commit({ writes: [replace(ledgerAccounts, ada, damaged, { ifVersion: version })] })
    const spend = (name: string) => credits.spend({ holder: holderOf(name), amount: units(1), key: newKey() })
    const outcomes = await Promise.allSettled([spend('ada'), spend('grace')])
    expect(outcomes).toMatchObject([{ status: 'rejected', reason: { code: 'internal' } }, { status: 'fulfilled' }])
  })
})

describe('what is wrong with one command', () => {
  const GROUP = 64
  const others = Array.from({ length: GROUP }, (_, index) => holderOf(`other-${index}`))

  /** A ledger on the same store, and what it reads and commits. */
  function counted({ store, clock }: Pick<CreditsOptions, 'store' | 'clock'>) {
    const counts = { accounts: 0, snapshots: 0, commits: 0 }
    const credits = openCredits({
      clock,
      store: replacing(store, {
        snapshot: ((reads) => {
          counts.snapshots += 1
          if (reads.accounts?.op === 'getMany') counts.accounts += reads.accounts.ids.length
          return store.snapshot(reads)
        }) as Store['snapshot'],
        commit(commit) {
          counts.commits += 1
          return store.commit(commit)
        },
      }),
    })
    return { credits, counts }
  }

  const spendOne = (credits: Credits, holder: Holder, also: Also = {}) =>
    credits.spend({ holder, amount: units(1), key: newKey(), also })

  it('as having no credits, makes only its own account be read again', async () => {
    await using ledger = await openLedger()
    const { credits, counts } = counted(ledger)
    await Promise.all([...others, ada].map((holder) => give(credits, holder, 2)))
    await spendOne(credits, ada)
    await spendOne(credits, ada)
    Object.assign(counts, { accounts: 0, snapshots: 0, commits: 0 })
    const outcomes = await Promise.allSettled([
      spendOne(credits, ada),
      ...others.map((holder) => spendOne(credits, holder)),
    ])
    expect(outcomes.filter(({ status }) => status === 'rejected')).toMatchObject([
      { reason: { code: 'out_of_credits' } },
    ])
    expect(counts).toEqual({ accounts: 1, snapshots: 1, commits: 1 })
  })

  it('as a fence that does not hold, makes nothing be read again', async () => {
    await using ledger = await openLedger([notes])
    const { credits, counts } = counted(ledger)
    await Promise.all([...others, ada].map((holder) => give(ledger.credits, holder, 2)))
    const fence = { requires: [requireVersion(notes, 'none', 1)] }
    const outcomes = await Promise.allSettled([
      spendOne(credits, ada, fence),
      ...others.map((holder) => spendOne(credits, holder)),
    ])
    expect(outcomes.filter(({ status }) => status === 'rejected')).toMatchObject([
      { reason: { code: 'version_conflict' } },
    ])
    expect(counts).toEqual({ accounts: GROUP + 1, snapshots: 1, commits: 2 })
  })

  it('as an account that is damaged, or cannot even be read, costs the others one commit and few reads', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tillwire-damaged-'))
    const file = join(folder, 'ledger.db')
    try {
      await using store = await openStore({ url: `file:${file}`, collections: creditsCollections })
      const ledger = { store, clock: systemClock }
      const seed = openCredits(ledger)
      const broken = [holderOf('odd'), holderOf('unreadable')]
      await Promise.all([...others, ...broken].map((holder) => give(seed, holder, 2)))
      const db = new DatabaseSync(file)
      const damage = db.prepare('UPDATE ledger_accounts SET doc = ? WHERE id = ?')
      damage.run('{"at":"2026-01-01T00:00:00.000Z","grants":7}', broken[0]!)
      damage.run('{"at":', broken[1]!)
      db.close()
      const { credits, counts } = counted(ledger)
      const outcomes = await Promise.allSettled([...broken, ...others].map((holder) => spendOne(credits, holder)))
      expect(outcomes.map(({ status }) => status)).toEqual([
        ...broken.map(() => 'rejected'),
        ...others.map(() => 'fulfilled'),
      ])
      expect(counts.commits).toBe(1)
      // Each half by itself, and of that with the fault each half again.
      expect(counts.snapshots).toBeLessThanOrEqual(2 * 2 * Math.log2(2 * GROUP))
      await expect(seed.balance(broken[1]!)).rejects.toThrow()
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('that the store cannot place is found by halves, not by deciding each alone', async () => {
    let isPicky = false
    const picky = collection({
      name: 'picky',
      schema: z.object({ text: z.string() }),
      hooks: {
        beforeSave() {
          if (isPicky) throw new Error('not today')
        },
      },
    })
    await using ledger = await openLedger([picky])
    const { credits, counts } = counted(ledger)
    await Promise.all([...others, ada].map((holder) => give(ledger.credits, holder, 2)))
    isPicky = true
    const also = { writes: [insert(picky, { text: '' })] }
    const outcomes = await Promise.allSettled([
      spendOne(credits, ada, also),
      ...others.map((holder) => spendOne(credits, holder)),
    ])
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1)
    expect(counts.commits).toBeLessThanOrEqual(2 * Math.log2(2 * GROUP))
  })
})

describe('riders', () => {
  it('are written with the movement, and not again with its replay', async () => {
    await using ledger = await openLedger([notes])
    const { credits, store } = ledger
    await give(credits, ada, 10)
    const spend = () =>
      credits.spend({ holder: ada, amount: units(1), key: 'k', also: { writes: [insert(notes, { text: 'paid' })] } })
    const first = await spend()
    expect(await spend()).toEqual(first)
    expect(await store.collection(notes).count()).toBe(1)
  })

  it('that fail refuse only their own command in a shared group', async () => {
    await using ledger = await openLedger([notes])
    const { credits, store } = ledger
    await give(credits, ada, 100)
    const fence = await store.collection(notes).insert({ text: 'fence' })
    const spends = [
      { writes: [insert(notes, { text: 'a' })] },
      { writes: [insert(notes, { text: 'b' })], requires: [requireVersion(notes, fence.id, 1)] },
      { writes: [insert(notes, { text: 'c' })], requires: [requireVersion(notes, fence.id, 2)] },
      { writes: [insert(notes, { text: 'far too long a text' })] },
      { writes: [insert(notes, { text: 'fence' })] },
      {},
    ].map((also) => credits.spend({ holder: ada, amount: units(10), key: newKey(), also }))
    const outcomes = await Promise.allSettled(spends)
    expect(outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'done'))).toEqual([
      'done',
      'done',
      'version_conflict',
      'invalid_document',
      'unique_violation',
      'done',
    ])
    expect(await sums(credits, ada)).toEqual({ available: 70, held: 0, debt: 0 })
    const { items } = await store.collection(notes).find()
    expect(items.map(({ text }) => text).sort()).toEqual(['a', 'b', 'fence'])
  })

  it('of a refused command are not written', async () => {
    await using ledger = await openLedger([notes])
    const { credits, store } = ledger
    const also = { writes: [insert(notes, { text: 'a' })] }
    await expect(credits.spend({ holder: ada, amount: units(1), key: 'k', also })).rejects.toThrow()
    expect(await store.collection(notes).count()).toBe(0)
  })

  it('on one document are decided one after the other', async () => {
    await using ledger = await openLedger([notes])
    const { credits, store } = ledger
    await give(credits, ada, 100)
    const note = await store.collection(notes).insert({ text: 'v1' })
    const spend = (text: string) =>
      credits.spend({
        holder: ada,
        amount: units(1),
        key: newKey(),
        also: { writes: [replace(notes, note.id, { text }, { ifVersion: 1 })] },
      })
    const outcomes = await Promise.allSettled([spend('v2'), spend('other')])
    expect(outcomes).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { code: 'version_conflict' } },
    ])
    expect(await store.collection(notes).get(note.id)).toMatchObject({ text: 'v2', version: 2 })
    expect(await sums(credits, ada)).toEqual({ available: 99, held: 0, debt: 0 })
  })

  it('whose fault the store cannot place refuse only their own command too', async () => {
    const picky = collection({
      name: 'picky',
      schema: z.object({ text: z.string() }),
      hooks: {
        beforeSave() {
          throw new Error('not today')
        },
      },
    })
    await using ledger = await openLedger([picky])
    const { credits } = ledger
    await give(credits, ada, 10)
    const spend = (also: object) => credits.spend({ holder: ada, amount: units(1), key: newKey(), also })
    const outcomes = await Promise.allSettled([spend({}), spend({ writes: [insert(picky, { text: '' })] }), spend({})])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })
})

describe('when the store', () => {
  it('cannot be reached, nothing is reserved', async () => {
    await using ledger = await openLedger()
    await give(ledger.credits, ada, 10)
    const fail = () => Promise.reject(new StoreUnavailable('the disk is gone'))
    const credits = openCredits({ store: replacing(ledger.store, { commit: fail }), clock: ledger.clock })
    const reserve = () => credits.reserve({ holder: ada, max: units(1), key: newKey(), ttl: '1m' })
    const outcomes = await Promise.allSettled([reserve(), reserve()])
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ reason: { code: 'store_unavailable', retryable: true } })
    expect(await sums(ledger.credits, ada)).toEqual({ available: 10, held: 0, debt: 0 })
  })

  it('is always changed by others first, a command gives up after a while', async () => {
    await using ledger = await openLedger()
    await give(ledger.credits, ada, 10)
    const commit: Store['commit'] = ({ writes }) => {
      const index = writes.findIndex(({ op }) => op === 'replace')
      const details = { collection: 'ledger_accounts', id: ada, expected: 1, actual: 2 }
      return Promise.reject(new VersionConflict({ ...details, at: { list: 'writes', index } }))
    }
    const credits = openCredits({ store: replacing(ledger.store, { commit }), clock: ledger.clock })
    const spend = credits.spend({ holder: ada, amount: units(1), key: newKey() })
    await expect(spend).rejects.toMatchObject({ code: 'ledger_busy', retryable: true })
  })
})
