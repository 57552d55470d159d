import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ManualClock, manualClock } from '../core/index.ts'
import type { Store } from '../store/index.ts'
import { deliverMail, type SendMail } from './deliver-mail.ts'
import { queueMail } from './outbox.ts'
import { mails } from './schema.ts'
import { openTestStore } from './testing/harness.ts'

let store: Store
let clock: ManualClock
const mail = { to: 'ada@here.com', subject: 'Hello', text: 'Your link', link: 'https://here.com/l' }

beforeEach(async () => {
  clock = manualClock()
  store = await openTestStore('memory:', clock)
})
afterEach(() => store.close())

const refuse: SendMail = async () => {
  throw new Error('mailbox full')
}

describe('the outbox', () => {
  it('sends each mail once, with an id that receivers can tell repeats by', async () => {
    const queued = await queueMail(store, mail, { clock })
    const sent: unknown[] = []
    const send: SendMail = async (given) => void sent.push(given)
    expect(await deliverMail({ store, send, clock })).toEqual({ sent: 1, delayed: 0, parked: 0 })
    expect(await deliverMail({ store, send, clock })).toEqual({ sent: 0, delayed: 0, parked: 0 })
    expect(sent).toEqual([{ id: queued.id, html: undefined, ...mail }])
    expect(await store.collection(mails).get(queued.id)).toMatchObject({ status: 'sent', attempts: 1 })
  })

  it('keeps nothing of a transaction that failed', async () => {
    const failing = store.transaction(async () => {
      await queueMail(store, mail, { clock })
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await store.collection(mails).count()).toBe(0)
  })

  it('sends each mail once although many workers pass at once', async () => {
    for (let n = 0; n < 20; n++) await queueMail(store, { ...mail, subject: String(n) }, { clock })
    const sent: string[] = []
    const send: SendMail = async ({ subject }) => void sent.push(subject)
    const passes = await Promise.all(Array.from({ length: 5 }, () => deliverMail({ store, send, clock })))
    expect(passes.reduce((sum, pass) => sum + pass.sent, 0)).toBe(20)
    expect(new Set(sent).size).toBe(20)
    expect(sent).toHaveLength(20)
  })

  it('tries again later and later, then parks, in sight', async () => {
    const { id } = await queueMail(store, mail, { clock })
    const waits: number[] = []
    for (let attempt = 1; attempt < 8; attempt++) {
      expect(await deliverMail({ store, send: refuse, clock })).toEqual({ sent: 0, delayed: 1, parked: 0 })
      expect(await deliverMail({ store, send: refuse, clock })).toEqual({ sent: 0, delayed: 0, parked: 0 })
      const { dueAt } = (await store.collection(mails).get(id))!
      waits.push(Date.parse(dueAt) - clock.now().getTime())
      clock.set(dueAt)
    }
    expect(await deliverMail({ store, send: refuse, clock })).toEqual({ sent: 0, delayed: 0, parked: 1 })
    expect(await store.collection(mails).get(id)).toMatchObject({
      status: 'failed',
      attempts: 8,
      error: 'mailbox full',
    })
    expect(waits.every((wait) => wait >= 5_000 && wait <= 3_600_000)).toBe(true)
    expect(waits.at(-1)!).toBeGreaterThan(waits[0]!)
  })

  it('takes over a mail whose worker stands still', async () => {
    await queueMail(store, mail, { clock })
    const standstill = Promise.withResolvers<void>()
    const stuck = deliverMail({ store, send: () => standstill.promise, clock })
    const send: SendMail = async () => {}
    await expect.poll(async () => (await store.collection(mails).find()).items[0]?.attempts).toBe(1)
    expect((await deliverMail({ store, send, clock })).sent).toBe(0)
    clock.advance('61s')
    expect((await deliverMail({ store, send, clock })).sent).toBe(1)
    standstill.resolve()
    await stuck
  })

  it('keeps what was sent or given up for 30 days, and what waits for as long as it waits', async () => {
    const sent = await queueMail(store, mail, { clock })
    await deliverMail({ store, send: async () => {}, clock })
    const failed = await queueMail(store, mail, { clock })
    for (let attempt = 1; attempt <= 8; attempt++) {
      await deliverMail({ store, send: refuse, clock })
      clock.advance('1h')
    }
    const waiting = await queueMail(store, mail, { clock })
    const left = async () => (await store.collection(mails).find()).items.map(({ id }) => id)
    clock.advance('29d')
    await store.sweep()
    expect(await left()).toEqual([sent.id, failed.id, waiting.id].sort())
    clock.advance('2d')
    expect(await store.sweep()).toEqual({ removed: 2, setAside: 0 })
    expect(await left()).toEqual([waiting.id])
  })
})
