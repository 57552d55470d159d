import { afterEach, describe, expect, it } from 'vitest'
import { count, find, get, getMany } from '../reads.ts'
import { counters } from './collections.ts'
import type { StoreHarness } from './harness.ts'
import { OtherProcess } from './other-process.ts'
import { first, third } from './upgrade-collections.ts'
import { useDatabases } from './use-database.ts'

/** For engines whose databases several processes can open. */
export function describeTwoProcesses(harness: StoreHarness): void {
  describe('two processes', () => {
    const createDatabase = useDatabases(harness)
    const others: OtherProcess[] = []
    afterEach(async () => {
      for (const other of others.splice(0)) await other.kill()
    })

    async function createShared() {
      const database = await createDatabase()
      const url = database.url ?? expect.fail('this engine cannot be shared')
      const startOther = () => {
        const other = new OtherProcess(url)
        others.push(other)
        return other
      }
      return { database, startOther }
    }

    it.each(['update', 'transaction'] as const)('add up to the same counter by %s', async (kind) => {
      const { database, startOther } = await createShared()
      const store = await database.open([counters])
      const c = store.collection(counters)
      const { id } = await c.insert({ count: 0 })
      const theirs = startOther().run({ kind, id, times: 100 })
      for (let i = 0; i < 100; i++) {
        const increment = ({ count }: { count: number }) => ({ count: count + 1 })
        if (kind === 'update') await c.update(id, increment)
        else
          await store.transaction((tx) => tx.collection(counters).update(id, increment), {
            retries: 200,
            deadline: '10s',
          })
      }
      await theirs
      expect(await c.get(id)).toMatchObject({ count: 200, version: 201 })
    })

    it('see what the other has written, at once by reading and soon by watching', async () => {
      const { database, startOther } = await createShared()
      const c = (await database.open([counters])).collection(counters)
      const watching = c.watch()[Symbol.asyncIterator]()
      const seen = watching.next().then(({ value }) => ({ value, at: performance.now() }))
      await startOther().run({ kind: 'insert', id: 'theirs' })
      const told = performance.now()
      expect(await c.get('theirs')).toMatchObject({ count: 1 })
      const { value, at } = await seen
      expect(value).toMatchObject({ type: 'append', id: 'theirs' })
      // The promise is 50 ms; the rest is for a loaded machine.
      expect(at - told).toBeLessThan(250)
    })

    it('are told each change once, whoever made it', async () => {
      const { database, startOther } = await createShared()
      const store = await database.open([counters])
      const c = store.collection(counters)
      const other = startOther()
      // Somebody watches already, and learns of the other's changes a little later than a new watcher does.
      const earlier = c.watch()[Symbol.asyncIterator]()
      const first = earlier.next()
      for (let i = 0; i < 5; i++) {
        const from = await store.cursor()
        await other.run({ kind: 'insert', id: `theirs${i}` })
        const watching = c.watch({ from })[Symbol.asyncIterator]()
        expect((await watching.next()).value).toMatchObject({ id: `theirs${i}` })
        await c.insert({ id: `mine${i}`, count: 1 })
        expect((await watching.next()).value).toMatchObject({ id: `mine${i}` })
        await watching.return?.()
      }
      expect((await first).value).toMatchObject({ id: 'theirs0' })
      await earlier.return?.()
    })

    it('never see a part of what the other writes together, in one snapshot', async () => {
      const { database, startOther } = await createShared()
      const store = await database.open([counters])
      const ids = ['first', 'last']
      await startOther().run({ kind: 'raise-together', ids })
      const between = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`n${i}`, count(counters)]))
      let seen = 0
      for (let states = 0; states < 200; ) {
        const { one, both, page, other, atLeast } = await store.snapshot({
          one: get(counters, 'first'),
          ...between,
          both: getMany(counters, ids),
          page: find(counters, { orderBy: { count: 'asc' } }),
          atLeast: count(counters, { count: { gt: 0 } }),
          other: get(counters, 'last'),
        })
        const counts = [one, other, ...both, ...page.items].map((counter) => counter?.count)
        expect(new Set(counts).size).toBe(1)
        expect(atLeast).toBe(2)
        if (counts[0] !== seen) states++
        seen = counts[0] ?? 0
      }
    })

    it('let each other write under load', async () => {
      const { database, startOther } = await createShared()
      const store = await database.open([counters])
      const c = store.collection(counters)
      const from = await store.cursor()
      await startOther().run({ kind: 'write-forever' })
      const theirs = c.watch({ where: { count: { gt: 0 } }, from })[Symbol.asyncIterator]()
      await theirs.next()
      const before = await c.count({ count: 2 })
      // This process goes on writing until the other one got in between, however the machine shares its time.
      const theirsGrew = async () => (await c.count({ count: 2 })) > before
      let mine = 0
      for (; mine < 20 || (mine < 5_000 && !(await theirsGrew())); mine++)
        await c.insert({ id: `mine${mine}`, count: 0 })
      expect(await c.count({ count: 0 })).toBe(mine)
      expect(await theirsGrew()).toBe(true)
      await theirs.return?.()
    })

    it('make tables, indexes and upgrades once when they open at the same time', async () => {
      const { database, startOther } = await createShared()
      const old = await database.open([first])
      await old.collection(first).insertMany(Array.from({ length: 300 }, (_, i) => ({ name: `N${i} L${i}` })))
      const opened = await Promise.all([1, 2].map(() => startOther().run({ kind: 'open-upgraded' })))
      expect(opened).toEqual([300, 300])
      expect(await (await database.open([third])).check()).toEqual({ documents: 300, problems: [] })
    })
  })

  describe('durability', () => {
    const createDatabase = useDatabases(harness)

    it('keeps all that was acknowledged when its process is killed', async () => {
      const database = await createDatabase()
      const url = database.url ?? expect.fail('this engine cannot be shared')
      for (let round = 0; round < 3; round++) {
        const other = new OtherProcess(url)
        other.start({ kind: 'insert-forever' })
        for (let told = 0; told < 50; told++) await other.message()
        await other.kill()
        const store = await database.open([counters])
        const kept = await store.collection(counters).getMany(other.messages as string[])
        expect(kept.filter((one) => one === null)).toEqual([])
        expect((await store.check()).problems).toEqual([])
        await store.close()
      }
    })

    it('keeps commits whole when its process is killed among many', async () => {
      const database = await createDatabase()
      const url = database.url ?? expect.fail('this engine cannot be shared')
      const other = new OtherProcess(url)
      await other.run({ kind: 'write-forever' })
      const store = await database.open([counters])
      const c = store.collection(counters)
      for await (const change of c.watch()) if (change.version > 0 && (await c.count()) > 200) break
      await other.kill()
      expect(await c.count({ count: 1 })).toBe(await c.count({ count: 2 }))
      expect((await store.check()).problems).toEqual([])
    })
  })
}
