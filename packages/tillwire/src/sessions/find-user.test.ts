import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStore, type Store, UniqueViolation } from '../store/index.ts'
import { findUser, findUsers } from './find-user.ts'
import { sessionsCollections, users } from './schema.ts'

const keys = [{ id: 'k1', key: new Uint8Array(32).fill(7) }]
let store: Store
beforeEach(async () => {
  store = await openStore({ url: 'memory:', collections: sessionsCollections, keys })
})
afterEach(() => store.close())
const insert = (user: { email: string; username?: string }) => store.collection(users).insert(user)

describe('a user', () => {
  it('is found by address and username, however they are written, and shown as given', async () => {
    const bob = await insert({ email: 'Bob@Here.com', username: 'Bob' })
    expect(bob).toMatchObject({ email: 'bob@here.com', username: 'Bob' })
    for (const named of ['bob', 'BOB', ' Bob ', 'ｂob', 'bob@here.com', 'BOB@HERE.COM'])
      expect(await findUser(store, named), named).toEqual(bob)
    for (const named of ['rob', '', 'bob\0', '\ud800', 'bob@here.co\u212a'])
      expect(await findUser(store, named)).toBeNull()
  })

  it('has a username that nobody else can take in another form', async () => {
    await insert({ email: 'bob@here.com', username: 'bob' })
    for (const username of ['BOB', 'ｂｏｂ', 'bo\u200bb'])
      await expect(insert({ email: 'other@here.com', username })).rejects.toSatisfy((e) => UniqueViolation.is(e))
  })

  it('is told before one who kept that address as a username', async () => {
    const kept = await insert({ email: 'new@here.com', username: 'old@here.com' })
    expect(await findUser(store, 'old@here.com')).toEqual(kept)
    expect(await findUsers(store, ['new@here.com', 'old@here.com'])).toEqual([kept])
  })
})

it('finds a user through indexes, however many there are', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tillwire-users-'))
  const file = join(folder, 'users.db')
  await (await openStore({ url: `file:${file}`, collections: sessionsCollections, keys })).close()
  const db = new DatabaseSync(file, { readOnly: true })
  const condition = `json_extract(doc, '$."email"') = 'a' OR json_extract(doc, '$."handle"') = 'a'`
  const plan = db.prepare(`EXPLAIN QUERY PLAN SELECT id FROM users WHERE ${condition}`).all()
  db.close()
  await rm(folder, { recursive: true })
  expect(JSON.stringify(plan)).not.toContain('SCAN')
})
