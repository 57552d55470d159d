import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { collection, insert, openStore, replace, requireVersion, UniqueViolation, VersionConflict } from './index.ts'

const users = collection({
  name: 'users',
  schema: z.object({ email: z.string(), plan: z.string().default('free'), n: z.number().default(0) }),
  unique: [['email']],
  indexes: [['plan', 'createdAt']],
  methods: { label: (doc) => `${doc.email} ${doc.plan}` },
})
for (const url of ['memory:', `file:${join(mkdtempSync(join(tmpdir(), 'tw-')), 'x', 'a.db')}`])
  it(`works on ${url}`, async () => {
    await using store = await openStore({ url, collections: [users] })
    const c = store.collection(users)
    const a = await c.insert({ email: 'a' })
    expect(a.label()).toBe('a free')
    expect(await c.get(a.id)).toEqual(a)
    expect(a.version).toBe(1)
    await expect(c.insert({ email: 'a' })).rejects.toSatisfy((e) => UniqueViolation.is(e))
    const b = await c.update(a.id, { plan: 'pro' })
    expect(b).toMatchObject({ version: 2, plan: 'pro', email: 'a', createdAt: a.createdAt })
    await Promise.all(Array.from({ length: 50 }, () => c.update(a.id, (d) => ({ ...d, n: d.n + 1 }))))
    expect((await c.get(a.id))?.n).toBe(50)
    await Promise.all(
      Array.from({ length: 50 }, () =>
        store.transaction(async (tx) => {
          const d = await tx.collection(users).get(a.id)
          await tx.collection(users).update(a.id, { n: d!.n + 1 })
        }),
      ),
    )
    expect((await c.get(a.id))?.n).toBe(100)
    const [x] = await store.commit({
      writes: [insert(users, { email: 'q' })],
      requires: [requireVersion(users, 'no', 0)],
    })
    await expect(store.commit({ writes: [replace(users, x!.id, { email: 'r' }, { ifVersion: 3 })] })).rejects.toSatisfy(
      (e) => VersionConflict.is(e) && (e.details.at as { index: number }).index === 0,
    )
    await c.insertMany(Array.from({ length: 10 }, (_, i) => ({ email: `m${i}`, plan: 'm', n: i })))
    let page = await c.find({ where: { plan: 'm', n: { gte: 2 } }, orderBy: { n: 'desc' }, limit: 3 })
    const got = page.items.map((d) => d.n)
    while (page.next) {
      page = await c.find({ where: { plan: 'm', n: { gte: 2 } }, orderBy: { n: 'desc' }, limit: 3, after: page.next })
      got.push(...page.items.map((d) => d.n))
    }
    expect(got).toEqual([9, 8, 7, 6, 5, 4, 3, 2])
    expect(await c.count({ not: { plan: 'm' } })).toBe(2)
    const cursor = await store.cursor()
    await c.delete(a.id)
    for await (const change of c.watch({ from: cursor })) {
      expect(change.type).toBe('remove')
      break
    }
    expect((await store.check()).problems).toEqual([])
  })
