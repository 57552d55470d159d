import type { BetterAuthOptions } from 'better-auth'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openStore, type Store } from '../../store/index.ts'
import { tillwireAdapter } from './adapter.ts'

const options: BetterAuthOptions = { rateLimit: { storage: 'database' } }
const CALLERS = 24
let store: Store

beforeEach(async () => {
  store = await openStore({ url: 'memory:', collections: [] })
})
afterEach(() => store.close())

/** Several adapters, as several web processes would have. */
const adapters = () => Array.from({ length: CALLERS }, () => tillwireAdapter(store)(options))

async function verification() {
  const [adapter] = adapters()
  const value = { identifier: 'link', value: 'ada@here.com', expiresAt: new Date(Date.now() + 60_000) }
  return adapter!.create({ model: 'verification', data: value })
}

it('gives a single-use row to one of many who take it', async () => {
  await verification()
  await verification()
  const where = [{ field: 'identifier', value: 'link' }]
  const taken = await Promise.all(adapters().map((adapter) => adapter.consumeOne({ model: 'verification', where })))
  expect(taken.filter((row) => row !== null)).toHaveLength(2)
})

it('counts every increment, and none past the guard', async () => {
  const [adapter] = adapters()
  await adapter!.create({ model: 'rateLimit', data: { key: 'k', count: 0, lastRequest: 1 } })
  const increments = adapters().map((one) =>
    one.incrementOne<{ count: number }>({
      model: 'rateLimit',
      where: [
        { field: 'key', value: 'k' },
        { field: 'count', operator: 'lt', value: 10 },
      ],
      increment: { count: 1 },
      set: { lastRequest: 2 },
    }),
  )
  const counts = (await Promise.all(increments)).flatMap((row) => (row ? [row.count] : []))
  expect(counts.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  const row = await adapter!.findOne({ model: 'rateLimit', where: [{ field: 'key', value: 'k' }] })
  expect(row).toMatchObject({ count: 10, lastRequest: 2 })
})

it('shows nothing of a transaction before its end, and nothing at all of one that failed', async () => {
  const [adapter, other] = adapters()
  const data = { name: 'Ada', email: 'ada@here.com', emailVerified: false }
  await adapter!.transaction(async (tx) => {
    await tx.create({ model: 'user', data })
    expect(await tx.count({ model: 'user' })).toBe(1)
    expect(await other!.count({ model: 'user' })).toBe(0)
  })
  const failing = adapter!.transaction(async (tx) => {
    await tx.deleteMany({ model: 'user', where: [] })
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect(await other!.count({ model: 'user' })).toBe(1)
})
