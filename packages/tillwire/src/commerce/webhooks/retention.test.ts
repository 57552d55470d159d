import { expect, it } from 'vitest'
import { users } from '../../sessions/index.ts'
import { webhookEvents } from '../schema.ts'
import { LocalStripe, openShop, pack } from '../testing/open-shop.ts'

it('keeps an event for as long as Stripe lists it, and for as long as it is not done', async () => {
  const local = await LocalStripe.start()
  await using shop = await openShop({ emulatorUrl: local.url })
  const { store, clock } = shop
  const inbox = shop.commerce.webhooks
  await store.collection(users).insert({ email: 'user@here.com' })
  for (let payments = 0; payments < 2; payments++) {
    const { url } = await shop.commerce.checkout({ username: 'user@here.com', pack: pack.id })
    await local.pay(url)
  }
  await inbox.poll()
  await inbox.work()
  const events = store.collection(webhookEvents)
  const [kept, ...done] = (await events.find()).items
  expect(done.length).toBeGreaterThan(0)
  await events.update(kept!.id, { status: 'parked', doneAt: undefined })

  clock.advance('30d')
  expect(await store.sweep()).toMatchObject({ setAside: 0 })
  expect(await events.count()).toBe(1 + done.length)
  clock.advance('1d')
  await store.sweep()
  expect((await events.find()).items.map(({ id }) => id)).toEqual([kept!.id])
  await local.close()
})
