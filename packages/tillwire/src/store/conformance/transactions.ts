import { AsyncLocalStorage } from 'node:async_hooks'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidDocument, NotFound, TransactionConflict, UniqueViolation, WriteOutsideTransaction } from '../errors.ts'
import type { Store, Transaction } from '../types.ts'
import { insert } from '../writes.ts'
import { counters, people } from './collections.ts'
import { rejection } from './expect-error.ts'
import type { StoreHarness } from './harness.ts'
import { useDatabases } from './use-database.ts'

export function describeTransactions(harness: StoreHarness): void {
  describe('transactions', () => {
    const createDatabase = useDatabases(harness)
    /** Runs work as another caller would: not in the transaction that is open where it is called. */
    const outside = AsyncLocalStorage.snapshot()

    async function openPair() {
      const store = await (await createDatabase()).open([people, counters])
      return { store, c: store.collection(people), n: store.collection(counters) }
    }

    it('reads committed documents under its own writes, which nobody else sees before the end', async () => {
      const { store, c } = await openPair()
      const ada = await c.insert({ id: 'ada', name: 'Ada', age: 1 })
      await c.insertMany([
        { id: 'bea', name: 'Bea', age: 2 },
        { id: 'cyd', name: 'Cyd', age: 3 },
      ])
      const result = await store.transaction(async (tx) => {
        const t = tx.collection(people)
        await t.update('ada', { age: 30 })
        await t.update('ada', (one) => ({ ...one, plan: 'pro' as const }))
        await t.delete('bea')
        const dee = await t.insert({ id: 'dee', name: 'Dee', age: 25 })
        expect(await t.get('dee')).toEqual(dee)
        expect(await t.get('bea')).toBeNull()
        expect(await t.getMany(['ada', 'bea'])).toMatchObject([{ age: 30, plan: 'pro', version: 2 }, null])
        expect(
          (await t.find({ where: { age: { gt: 1 } }, orderBy: { age: 'desc' } })).items.map(({ id }) => id),
        ).toEqual(['ada', 'dee', 'cyd'])
        expect(await t.findOne({ name: 'Bea' })).toBeNull()
        expect(await t.count()).toBe(3)
        expect(await c.get('ada')).toEqual(ada)
        expect(await c.count()).toBe(3)
        return 'done'
      })
      expect(result).toBe('done')
      expect(await c.get('ada')).toMatchObject({ age: 30, plan: 'pro', version: 2 })
      expect((await c.find()).items.map(({ id }) => id)).toEqual(['ada', 'cyd', 'dee'])
    })

    it('pages through its own writes and committed documents together', async () => {
      const { store, n } = await openPair()
      await n.insertMany(Array.from({ length: 10 }, (_, i) => ({ id: `c${i}`, count: i * 2 })))
      await store.transaction(async (tx) => {
        const t = tx.collection(counters)
        await t.insertMany(Array.from({ length: 10 }, (_, i) => ({ id: `t${i}`, count: i * 2 + 1 })))
        await t.delete('c3')
        const counts: number[] = []
        let after: string | null | undefined
        while (after !== null) {
          const page = await t.find({ orderBy: { count: 'asc' }, limit: 3, after })
          counts.push(...page.items.map(({ count }) => count))
          after = page.next
        }
        expect(counts).toEqual(Array.from({ length: 20 }, (_, i) => i).filter((i) => i !== 6))
      })
    })

    it('fills a page past documents that it has removed', async () => {
      const { store, n } = await openPair()
      await n.insertMany(Array.from({ length: 10 }, (_, i) => ({ id: `c${i}`, count: i })))
      await store.transaction(async (tx) => {
        const t = tx.collection(counters)
        for (let i = 0; i < 5; i++) await t.delete(`c${i}`)
        expect((await t.find({ limit: 3 })).items.map(({ id }) => id)).toEqual(['c5', 'c6', 'c7'])
        expect(await t.findOne({ count: { lt: 6 } })).toMatchObject({ id: 'c5' })
      })
    })

    it('takes back everything when its body throws', async () => {
      const { store, c } = await openPair()
      const failing = store.transaction(async (tx) => {
        await tx.collection(people).insert({ name: 'Ada' })
        throw new Error('changed my mind')
      })
      await expect(failing).rejects.toThrow('changed my mind')
      expect(await c.count()).toBe(0)
    })

    it('is doomed by an error inside, even one that the body swallows', async () => {
      const { store, c } = await openPair()
      const invalid = store.transaction(async (tx) => {
        await tx.collection(people).insert({ name: 'Ada' })
        await rejection(InvalidDocument, tx.collection(people).insert({ name: '' }))
        await rejection(InvalidDocument, tx.collection(people).get('next'))
      })
      await rejection(InvalidDocument, invalid)
      const missing = store.transaction(async (tx) => {
        await tx.collection(people).insert({ name: 'Ada' })
        await tx
          .collection(people)
          .delete('none')
          .catch(() => undefined)
      })
      await rejection(NotFound, missing)
      expect(await c.count()).toBe(0)
    })

    it('runs again when a document that it read has changed', async () => {
      const { store, n } = await openPair()
      const { id } = await n.insert({ count: 0 })
      const seen: number[] = []
      await store.transaction(async (tx) => {
        const { count } = (await tx.collection(counters).get(id))!
        seen.push(count)
        if (seen.length === 1) await outside(async () => void (await n.update(id, { count: 10 })))
        await tx.collection(counters).insert({ count: count + 1 })
      })
      expect(seen).toEqual([0, 10])
      expect(await n.count({ count: 11 })).toBe(1)
      expect(await n.count()).toBe(2)
    })

    it('runs again when a document that was found has changed, or an absent one has come', async () => {
      const { store, n } = await openPair()
      const { id } = await n.insert({ count: 1 })
      let runs = 0
      await store.transaction(async (tx) => {
        runs++
        await tx.collection(counters).find({ where: { count: { lt: 5 } } })
        if (runs === 1) await outside(async () => void (await n.update(id, { count: 2 })))
      })
      expect(runs).toBe(2)
      await store.transaction(async (tx) => {
        runs++
        const found = await tx.collection(counters).get('singleton')
        if (runs === 3) await outside(async () => void (await n.insert({ id: 'singleton', count: 1 })))
        if (!found) await tx.collection(counters).insert({ id: 'singleton', count: 2 })
      })
      expect(runs).toBe(4)
      expect(await n.get('singleton')).toMatchObject({ count: 1 })
      await store.transaction(async (tx) => {
        runs++
        const found = await tx.collection(counters).get('switch')
        if (runs === 5) await outside(() => n.insert({ id: 'switch', count: 1 }))
        if (!found) await tx.collection(counters).insert({ id: 'conclusion', count: 0 })
      })
      expect(runs).toBe(6)
      expect(await n.get('conclusion')).toBeNull()
    })

    it('runs again when a document that it read was removed and made anew', async () => {
      const { store, n } = await openPair()
      await n.insert({ id: 'x', count: 1 })
      const seen: number[] = []
      await store.transaction(async (tx) => {
        seen.push((await tx.collection(counters).get('x'))!.count)
        if (seen.length > 1) return
        await outside(() => n.delete('x'))
        await outside(() => n.insert({ id: 'x', count: 2 }))
      })
      expect(seen).toEqual([1, 2])
    })

    it('runs again when its body fails on what has changed meanwhile', async () => {
      const { store, n } = await openPair()
      const [a, b] = await n.insertMany([{ count: 1 }, { count: -1 }])
      let runs = 0
      const sum = await store.transaction(async (tx) => {
        runs++
        const first = (await tx.collection(counters).get(a!.id))!.count
        if (runs === 1)
          await outside(() =>
            store.transaction(async (other) => {
              await other.collection(counters).update(a!.id, { count: 5 })
              await other.collection(counters).update(b!.id, { count: -5 })
            }),
          )
        const second = (await tx.collection(counters).get(b!.id))!.count
        if (first + second !== 0) throw new Error('the two never differ')
        return first + second
      })
      expect({ sum, runs }).toEqual({ sum: 0, runs: 2 })
    })

    it('gives up after its retries, with an error that says to try again', async () => {
      const { store, n } = await openPair()
      const { id } = await n.insert({ count: 0 })
      let runs = 0
      const losing = store.transaction(
        async (tx) => {
          runs++
          const { count } = (await tx.collection(counters).get(id))!
          await outside(async () => void (await n.update(id, ({ count: now }) => ({ count: now + 1 }))))
          await tx.collection(counters).update(id, { count })
        },
        { retries: 2 },
      )
      expect((await rejection(TransactionConflict, losing)).retryable).toBe(true)
      expect(runs).toBe(3)
      expect(await n.get(id)).toMatchObject({ count: 3 })
    })

    it('is given up past its deadline, and what its body does afterwards has no effect', async () => {
      const { store, n } = await openPair()
      const { promise: later, resolve: goOn } = Promise.withResolvers<void>()
      const { promise: ended, resolve: end } = Promise.withResolvers<unknown>()
      const slow = store.transaction(
        async (tx) => {
          await tx.collection(counters).insert({ count: 1 })
          await later
          end(
            await tx
              .collection(counters)
              .insert({ count: 2 })
              .catch((error: unknown) => error),
          )
        },
        { deadline: '30ms' },
      )
      await rejection(TransactionConflict, slow)
      goOn()
      expect(await ended).toMatchObject({ code: TransactionConflict.code })
      expect(await n.count()).toBe(0)
    })

    it('tells a unique value that is taken, after one more look', async () => {
      const { store, c } = await openPair()
      await c.insert({ name: 'A', email: 'a@x' })
      let runs = 0
      const taken = store.transaction(async (tx) => {
        runs++
        await tx.collection(people).insert({ name: 'B', email: 'a@x' })
      })
      expect((await rejection(UniqueViolation, taken)).details).toMatchObject({ fields: ['email'] })
      expect(runs).toBe(2)
    })

    it('lets find-or-insert of many callers make one document', async () => {
      const { store, c } = await openPair()
      const ids = await Promise.all(
        Array.from({ length: 20 }, () =>
          store.transaction(async (tx) => {
            const found = await tx.collection(people).findOne({ email: 'a@x' })
            return (found ?? (await tx.collection(people).insert({ name: 'A', email: 'a@x' }))).id
          }),
        ),
      )
      expect(new Set(ids).size).toBe(1)
      expect(await c.count()).toBe(1)
    })

    it('can pass a unique value from one document to another', async () => {
      const { store, c } = await openPair()
      const a = await c.insert({ name: 'A', email: 'a@x' })
      await store.transaction(async (tx) => {
        await tx.collection(people).insert({ name: 'B', email: 'a@x' })
        await tx.collection(people).delete(a.id)
      })
      expect((await c.find()).items).toMatchObject([{ name: 'B', email: 'a@x' }])
    })

    it('can remove and insert the same id', async () => {
      const { store, n } = await openPair()
      await n.insert({ id: 'x', count: 1 })
      await store.transaction(async (tx) => {
        await tx.collection(counters).delete('x')
        await tx.collection(counters).insert({ id: 'x', count: 2 })
        await tx.collection(counters).update('x', { count: 3 })
      })
      expect(await n.get('x')).toMatchObject({ count: 3, version: 1 })
    })

    it('is joined by a nested call, whose error dooms it', async () => {
      const { store, n } = await openPair()
      const bump = (id: string) =>
        store.transaction(async (tx) => {
          await tx.collection(counters).update(id, ({ count }) => ({ count: count + 1 }))
          if (id === 'bad') throw new Error('nested')
        })
      await n.insertMany([
        { id: 'a', count: 0 },
        { id: 'bad', count: 0 },
      ])
      await store.transaction(async (tx) => {
        await bump('a')
        await bump('a')
        expect(await tx.collection(counters).get('a')).toMatchObject({ count: 2 })
      })
      expect(await n.get('a')).toMatchObject({ count: 2, version: 2 })
      const doomed = store.transaction(async () => {
        await bump('a')
        await bump('bad').catch(() => undefined)
      })
      await expect(doomed).rejects.toThrow('nested')
      expect(await n.get('a')).toMatchObject({ count: 2 })
    })

    it('refuses plain writes in its body', async () => {
      const { store, n } = await openPair()
      const { id } = await n.insert({ count: 0 })
      const writes = [
        () => n.insert({ count: 1 }),
        () => n.insertMany([{ count: 1 }]),
        () => n.update(id, { count: 1 }),
        () => n.replace(id, { count: 1 }),
        () => n.delete(id),
        () => store.commit({ writes: [insert(counters, { count: 1 })] }),
      ]
      for (const write of writes)
        await rejection(
          WriteOutsideTransaction,
          store.transaction(async () => void (await write())),
        )
      expect((await n.find()).items).toMatchObject([{ count: 0, version: 1 }])
    })

    it('is not left open to what its body started and did not wait for', async () => {
      const { store, n } = await openPair()
      const { promise: later, resolve: goOn } = Promise.withResolvers<void>()
      let detached: Promise<unknown> = Promise.resolve()
      await store.transaction(async () => {
        detached = later.then(() => n.insert({ count: 1 }))
      })
      goOn()
      await detached
      expect(await n.count()).toBe(1)
    })

    it('adds up counters under any interleaving', async () => {
      const { store, n } = await openPair()
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ from: fc.nat(3), to: fc.nat(3), pauses: fc.array(fc.nat(2), { maxLength: 3 }) }), {
            maxLength: 25,
          }),
          async (moves) => {
            const ids = (await n.insertMany([{ count: 100 }, { count: 100 }, { count: 100 }, { count: 100 }])).map(
              ({ id }) => id,
            )
            const applied = await Promise.all(moves.map((one) => move(store, ids[one.from]!, ids[one.to]!, one.pauses)))
            const expected = [100, 100, 100, 100]
            for (const [i, { from, to }] of moves.entries()) {
              expect(applied[i]).toBe(true)
              expected[from] = expected[from]! - 1
              expected[to] = expected[to]! + 1
            }
            expect((await n.getMany(ids)).map((one) => one?.count)).toEqual(expected)
          },
        ),
        { numRuns: 25 },
      )
    })
  })
}

async function move(store: Store, from: string, to: string, pauses: number[]): Promise<boolean> {
  const pause = async () => {
    for (let turn = pauses.shift() ?? 0; turn > 0; turn--) await new Promise((resolve) => setImmediate(resolve))
  }
  return store.transaction(
    async (tx: Transaction) => {
      const t = tx.collection(counters)
      const source = await t.get(from)
      await pause()
      await t.update(from, { count: source!.count - 1 })
      await pause()
      await t.update(to, ({ count }) => ({ count: count + 1 }))
      await pause()
      return true
    },
    { retries: 100, deadline: '10s' },
  )
}
