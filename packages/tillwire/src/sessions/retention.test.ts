import { expect, it } from 'vitest'
import { manualClock } from '../core/index.ts'
import { authSessions, verifications } from './schema.ts'
import { insertSession, insertUser, openTestStore } from './testing/harness.ts'

it('keeps a session for a week after its end, and what a mailed link proves for a day', async () => {
  const clock = manualClock()
  await using store = await openTestStore('memory:', clock)
  const user = await insertUser(store)
  const ended = await insertSession(store, user.id, new Date('2026-01-02'))
  const open = await insertSession(store, user.id, new Date('2026-01-12'))
  const links = store.collection(verifications)
  await links.insert({ id: 'used', identifier: 'a', value: 'v', expiresAt: '2026-01-02T00:00:00.000Z' })
  await links.insert({ id: 'open', identifier: 'b', value: 'v', expiresAt: '2026-01-12T00:00:00.000Z' })
  const left = async () => {
    await store.sweep()
    const sessions = await store.collection(authSessions).find()
    return [...sessions.items, ...(await links.find()).items].map(({ id }) => id)
  }
  const all = [...[ended.session.id, open.session.id].sort(), 'open', 'used']
  clock.set('2026-01-02T23:59:59.999Z')
  expect(await left()).toEqual(all)
  clock.set('2026-01-03T00:00:00.000Z')
  expect(await left()).toEqual(all.slice(0, -1))
  clock.set('2026-01-09T00:00:00.000Z')
  expect(await left()).toEqual([open.session.id, 'open'])
})
