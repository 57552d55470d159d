import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { verifyHashed } from '../codec/hashing.ts'
import { collection } from '../collection.ts'
import { InvalidDocument, InvalidQuery } from '../errors.ts'
import { insert, replace } from '../writes.ts'
import { rejection } from './expect-error.ts'
import type { StoreHarness } from './harness.ts'
import { useDatabases } from './use-database.ts'

const logins = collection({
  name: 'logins',
  schema: z.object({ name: z.string(), password: z.string().min(8).max(40), pin: z.string().optional() }),
  hashed: ['password', 'pin'],
})

export function describeHashing(harness: StoreHarness): void {
  describe('hashing', () => {
    const createDatabase = useDatabases(harness)

    it('keeps a salted hash only, which verifies', async () => {
      const c = (await (await createDatabase()).open([logins])).collection(logins)
      const [a, b] = await c.insertMany([
        { name: 'a', password: 'correct horse' },
        { name: 'b', password: 'correct horse' },
      ])
      expect(a!.password).not.toContain('correct horse')
      expect(a!.password).not.toBe(b!.password)
      expect(await c.get(a!.id)).toEqual(a)
      expect(await verifyHashed('correct horse', a!.password)).toBe(true)
      expect(await verifyHashed('correct horsf', a!.password)).toBe(false)
      expect(await verifyHashed('correct horse', 'not a hash')).toBe(false)
    })

    it('hashes what changes, and leaves alone what does not', async () => {
      const store = await (await createDatabase()).open([logins])
      const c = store.collection(logins)
      const a = await c.insert({ name: 'a', password: 'correct horse' })
      const renamed = await c.update(a.id, (one) => ({ ...one, name: 'b' }))
      expect(renamed.password).toBe(a.password)
      const changed = await c.update(a.id, { password: 'battery staple' })
      expect(await verifyHashed('battery staple', changed.password)).toBe(true)
      await store.commit({ writes: [replace(logins, a.id, { ...changed, name: 'c' }, { ifVersion: 3 })] })
      expect(await c.get(a.id)).toMatchObject({ name: 'c', password: changed.password })
      await store.transaction(async (tx) => {
        await tx.collection(logins).update(a.id, { pin: '1234' })
      })
      const last = await c.get(a.id)
      expect(last?.password).toBe(changed.password)
      expect(await verifyHashed('1234', last?.pin ?? '')).toBe(true)
    })

    it('hashes a text that looks like a hash', async () => {
      const c = (await (await createDatabase()).open([logins])).collection(logins)
      const a = await c.insert({ name: 'a', password: 'correct horse' })
      const posing = await c.insert({ name: 'b', password: 'another one', pin: a.password })
      expect(posing.pin).not.toBe(a.password)
      expect(await verifyHashed(a.password, posing.pin!)).toBe(true)
    })

    it('validates the plain text before it is hashed', async () => {
      const store = await (await createDatabase()).open([logins])
      const c = store.collection(logins)
      const short = await rejection(InvalidDocument, c.insert({ name: 'a', password: 'short' }))
      expect(short.details.path).toBe('password')
      await rejection(InvalidDocument, c.insert({ name: 'a' } as { name: string; password: string }))
      const committed = store.commit({ writes: [insert(logins, { name: 'a', password: 'short' })] })
      expect((await rejection(InvalidDocument, committed)).details.at).toEqual({ list: 'writes', index: 0 })
      const { id } = await c.insert({ name: 'a', password: 'long enough' })
      await rejection(InvalidDocument, c.update(id, { password: 'short' }))
    })

    it('cannot be searched', async () => {
      const c = (await (await createDatabase()).open([logins])).collection(logins)
      await rejection(InvalidQuery, c.find({ where: { password: 'correct horse' } }))
    })
  })
}
