import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { collection } from '../collection.ts'
import { DecryptionFailed, InvalidEncryptionKeys, InvalidQuery, UniqueViolation } from '../errors.ts'
import { readStored } from '../prepare-read.ts'
import { rejection } from './expect-error.ts'
import type { StoreHarness, TestDatabase } from './harness.ts'
import { rewriteStored } from './rewrite-stored.ts'
import { useDatabases } from './use-database.ts'

const members = collection({
  name: 'members',
  schema: z.object({
    email: z.string(),
    club: z.string().default('chess'),
    phone: z.string().nullish(),
    address: z.object({ city: z.string() }).optional(),
  }),
  encrypted: { email: 'searchable', phone: 'opaque', address: 'opaque' },
  unique: [['email', 'club']],
})
const key = (id: string) => ({ id, key: new Uint8Array(randomBytes(32)) })

export function describeEncryption(harness: StoreHarness): void {
  describe('encryption', () => {
    const createDatabase = useDatabases(harness)
    const k1 = key('k1')
    const k2 = key('k2')
    const ADA = { email: 'ada@secret.org', phone: '+44 555', address: { city: 'Secretville' } }

    async function damage(database: TestDatabase, id: string, change: (fields: Record<string, unknown>) => object) {
      const stored = (await readStored(database.driver, 'members', id))!
      const document = { ...stored, fields: change({ ...stored.fields }) as Record<string, unknown> }
      await rewriteStored(database.driver, 'members', document)
    }

    it('keeps nothing readable, and reads all of it back', async () => {
      const database = await createDatabase()
      const store = await database.open([members], { keys: [k1] })
      const c = store.collection(members)
      const ada = await c.insert(ADA)
      expect(ada).toMatchObject(ADA)
      expect(await c.get(ada.id)).toEqual(ada)
      const again = await c.update(ada.id, { club: 'go' })
      expect(again).toMatchObject(ADA)
      expect(JSON.stringify(await readStored(database.driver, 'members', ada.id))).not.toMatch(
        /ada@secret|\+44 555|secretville/i,
      )
      expect((await store.check()).problems).toEqual([])
    })

    it('sets aside what cannot be read where somebody is told, and else throws it', async () => {
      const database = await createDatabase()
      const store = await database.open([members], { keys: [k1] })
      const c = store.collection(members)
      for (const id of ['a', 'b', 'c']) await c.insert({ id, email: `${id}@secret.org` })
      await damage(database, 'b', (fields) => ({ ...fields, email: { sealed: 'k1.AAAA' } }))
      const told: [string, unknown][] = []
      const setAside = (id: string, error: unknown) => told.push([id, error])
      const first = await c.find({ limit: 2, setAside })
      expect(first.items.map(({ id }) => id)).toEqual(['a'])
      const second = await c.find({ limit: 2, after: first.next!, setAside })
      expect(second).toMatchObject({ items: [{ id: 'c' }], next: null })
      expect(told).toEqual([['b', expect.any(DecryptionFailed)]])
      const inside = await store.transaction((tx) => tx.collection(members).find({ setAside }))
      expect(inside.items.map(({ id }) => id)).toEqual(['a', 'c'])
      await rejection(DecryptionFailed, c.find())
    })

    it('finds a searchable field by equality, and nothing else by it', async () => {
      const c = (await (await createDatabase()).open([members], { keys: [k1] })).collection(members)
      const ada = await c.insert(ADA)
      await c.insert({ email: 'bea@secret.org' })
      expect(await c.findOne({ email: 'ada@secret.org' })).toEqual(ada)
      expect(await c.count({ email: { in: ['ada@secret.org', 'nobody', 'bea@secret.org'] } })).toBe(2)
      expect(await c.count({ email: { ne: 'ada@secret.org' } })).toBe(1)
      expect(await c.count({ phone: { exists: true } })).toBe(1)
      expect(await c.count({ email: { exists: true } })).toBe(2)
      expect(await c.count({ phone: null })).toBe(1)
      for (const where of [
        { email: { startsWith: 'ada' } },
        { email: { gt: 'a' } },
        { email: { eq: 'ADA@secret.org', mode: 'insensitive' } as const },
        { email: 5 },
        { phone: '+44 555' },
        { 'address.city': 'Secretville' },
      ])
        await rejection(InvalidQuery, c.find({ where }))
      await rejection(InvalidQuery, c.find({ orderBy: { email: 'asc' } }))
    })

    it('keeps a searchable field unique', async () => {
      const c = (await (await createDatabase()).open([members], { keys: [k1] })).collection(members)
      await c.insert(ADA)
      await c.insert({ ...ADA, club: 'go' })
      expect((await rejection(UniqueViolation, c.insert(ADA))).details.fields).toEqual(['email', 'club'])
    })

    it('reads, finds and keeps unique under an older key, and moves to the first key when rewritten', async () => {
      const database = await createDatabase()
      const old = (await database.open([members], { keys: [k1] })).collection(members)
      const { id } = await old.insert(ADA)
      const c = (await database.open([members], { keys: [k2, k1] })).collection(members)
      expect(await c.findOne({ email: ADA.email })).toMatchObject({ id, ...ADA })
      expect((await rejection(UniqueViolation, c.insert(ADA))).details).toMatchObject({ fields: ['email', 'club'] })
      const b = await c.insert({ email: 'bea@secret.org' })
      await rejection(UniqueViolation, c.update(b.id, { email: ADA.email }))
      await c.update(id, { phone: null })
      const alone = (await database.open([members], { keys: [k2] })).collection(members)
      expect(await alone.findOne({ email: ADA.email })).toMatchObject({ id, phone: null })
    })

    it('refuses a wrong key, an unknown key, and any altered or moved value', async () => {
      const database = await createDatabase()
      const c = (await database.open([members], { keys: [k1] })).collection(members)
      const [ada, bea] = await c.insertMany([ADA, { email: 'bea@secret.org', phone: '+1 555' }])
      const wrong = (await database.open([members], { keys: [{ ...k2, id: 'k1' }] })).collection(members)
      expect((await rejection(DecryptionFailed, wrong.get(ada!.id))).details).toMatchObject({
        field: 'email',
        id: ada!.id,
      })
      const unknown = (await database.open([members], { keys: [k2] })).collection(members)
      await rejection(DecryptionFailed, unknown.find())

      const original = (await readStored(database.driver, 'members', ada!.id))!.fields
      const phone = original.phone as { sealed: string }
      const flipped = phone.sealed.slice(0, -3) + (phone.sealed.at(-3) === 'A' ? 'B' : 'A') + phone.sealed.slice(-2)
      const ofBea = (await readStored(database.driver, 'members', bea!.id))!.fields.phone
      for (const altered of [
        { sealed: flipped },
        { sealed: 'k1.AAAA' },
        { sealed: 5 },
        ofBea,
        original.address,
        'plain',
        {},
      ]) {
        await damage(database, ada!.id, (fields) => ({ ...fields, phone: altered }))
        const { details } = await rejection(DecryptionFailed, c.get(ada!.id))
        expect(details).toMatchObject({ collection: 'members', field: 'phone', id: ada!.id })
      }
    })

    it('encrypts a field that was plain before, with an upgrade', async () => {
      const database = await createDatabase()
      const plain = collection({ name: 'members', schema: members.schema })
      const { id } = await (await database.open([plain])).collection(plain).insert(ADA)
      const sealed = collection({
        name: 'members',
        schema: members.schema,
        encrypted: { email: 'searchable' },
        schemaVersion: 2,
        upgrades: { 1: (fields) => fields },
      })
      const c = (await database.open([sealed], { keys: [k1] })).collection(sealed)
      expect(await c.findOne({ email: ADA.email })).toMatchObject({ id, ...ADA })
      expect(JSON.stringify(await readStored(database.driver, 'members', id))).not.toMatch(/ada@secret/)
    })

    it('does not open without keys', async () => {
      await rejection(InvalidEncryptionKeys, (await createDatabase()).open([members]))
      await rejection(InvalidEncryptionKeys, (await createDatabase()).open([members], { keys: [] }))
    })
  })
}
