import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { credits } from 'tillwire'
import { holderOf } from 'tillwire/credits'
import { describe, expect, it, onTestFinished } from 'vitest'
import { explainOnFailure } from '../../../tests/support/explain-on-failure.ts'
import { CARD, DECLINED_CARD } from '../../../tests/support/planted.ts'
import { auth, type Client, payOn, startWhole, type Whole } from './whole.ts'

const STARTER = credits(5_000)
const question = (content: string) => [{ role: 'user', content }]

/** A server for the test that is running, closed after what its failure has to tell. */
async function start(options: Parameters<typeof startWhole>[0] = {}): Promise<Whole> {
  const whole = await startWhole(options)
  onTestFinished(() => whole[Symbol.asyncDispose]())
  return whole
}

/** What the deltas of an answer say together, checked for gaps. */
function textOf(client: Client, answerId: string, from = 0): string {
  let text = ''
  for (const { name, payload } of client.events) {
    if (name !== 'answer:delta' || payload.answerId !== answerId) continue
    expect(payload.offset).toBe(from + text.length)
    text += payload.text
  }
  return text
}

describe('the main job', () => {
  it('signs up, buys, asks, pays by the token, finds a receipt, and is out on signing out', async () => {
    const whole = await start()
    const { tillwire } = whole
    const ada = await whole.signUp('ada')
    explainOnFailure(tillwire, ada.userId)
    const tab = await whole.open(ada.cookie)
    const otherTab = await whole.open(ada.cookie)
    expect(tab.ready.balance).toEqual({ available: 0, held: 0, debt: 0, version: 0 })
    expect(await tab.ask('answer:start', { key: 'poor', messages: question('Why is the sky blue?') })).toMatchObject({
      ok: false,
      error: { code: 'out_of_credits' },
    })

    const { url } = await tillwire.commerce.checkout({ username: ada.email, pack: 'starter' })
    expect(await payOn(url, DECLINED_CARD)).toMatch(/\/c\/pay\//)
    expect(await payOn(url, CARD)).toContain('checkout=success')
    const bought = { available: STARTER, held: 0, debt: 0 }
    expect(await otherTab.until('balance:changed')).toMatchObject(bought)
    expect(await tab.ask('balance:get')).toMatchObject({ ok: true, data: bought })

    const started = await tab.ask<{ answerId: string; quote: { max: number } }>('answer:start', {
      key: 'first',
      messages: question('Why is the sky blue?'),
    })
    if (!started.ok) throw new Error(started.error.message)
    const { answerId, quote } = started.data
    const end = await tab.until('answer:end', (payload) => payload.answerId === answerId)
    expect(end).toMatchObject({ outcome: 'complete', truncated: false })
    const spent = Number(end.spent)
    expect(spent).toBeGreaterThan(0)
    expect(spent).toBeLessThanOrEqual(quote.max)
    const text = textOf(tab, answerId)
    expect(text.length).toBeGreaterThan(100)

    const userId = ada.userId
    expect((await tillwire.answers.get({ userId, answerId })).text).toBe(text)
    const receipt = await tillwire.answers.receipt({ userId, receiptId: String(end.receiptId) })
    expect(receipt).toMatchObject({ answerId, spent, outcome: 'complete', tokens: { source: 'model' } })
    await otherTab.until('balance:changed', ({ available, held }) => available === STARTER - spent && held === 0)
    expect(await tillwire.credits.balance(holderOf(userId))).toMatchObject({ available: STARTER - spent, held: 0 })

    const again = await otherTab.ask('answer:start', { key: 'first', messages: question('Why is the sky blue?') })
    expect(again).toMatchObject({ ok: true, data: { answerId } })
    await otherTab.until('answer:end', (payload) => payload.answerId === answerId)
    expect(textOf(otherTab, answerId)).toBe(text)
    expect(await tillwire.credits.balance(holderOf(userId))).toMatchObject({ available: STARTER - spent })

    const out = performance.now()
    await auth(tillwire, 'sign-out', {}, ada.cookie)
    expect(await tab.until('session:ended')).toEqual({ reason: 'revoked' })
    await otherTab.until('session:ended')
    expect(performance.now() - out).toBeLessThan(1_000)
    await expect(whole.open(ada.cookie)).rejects.toMatchObject({ data: { code: 'unauthenticated' } })
  })

  it('follows an answer from several sockets, through a lost connection, and stops it when asked', async () => {
    const whole = await start({ pace: 150 })
    const { tillwire } = whole
    const ada = await whole.signUp('ada')
    explainOnFailure(tillwire, ada.userId)
    await tillwire.credits.grant({
      holder: holderOf(ada.userId),
      amount: STARTER,
      key: 'gift',
      source: { kind: 'manual' },
    })
    const tab = await whole.open(ada.cookie)
    const started = await tab.ask<{ answerId: string }>('answer:start', {
      key: 'long',
      messages: question('Write 2000 words about rivers'),
    })
    if (!started.ok) throw new Error(started.error.message)
    const { answerId } = started.data
    await tab.until('answer:delta')
    await tab.until('answer:cost', ({ spent }) => Number(spent) > 0)
    tab.socket.disconnect()
    const had = textOf(tab, answerId)

    const late = await whole.open(ada.cookie)
    const resumed = await late.ask<{ state: string; offset: number }>('answer:resume', { answerId, offset: had.length })
    expect(resumed).toMatchObject({ ok: true, data: { state: 'streaming' } })
    const watcher = await whole.open(ada.cookie)
    // Twice, as a page under StrictMode does: the second takes the place of the first.
    await watcher.ask('answer:resume', { answerId, offset: 1 })
    await watcher.ask('answer:resume', { answerId, offset: 0 })
    await late.until('answer:delta')

    const eve = await whole.signUp('eve')
    const stranger = await whole.open(eve.cookie)
    for (const event of ['answer:resume', 'answer:stop']) {
      expect(await stranger.ask(event, { answerId, offset: 0 })).toMatchObject({ error: { code: 'not_found' } })
    }

    expect(await watcher.ask('answer:stop', { answerId })).toEqual({ ok: true, data: {} })
    const ends = await Promise.all([late.until('answer:end'), watcher.until('answer:end')])
    expect(ends[0]).toEqual(ends[1])
    expect(ends[0]).toMatchObject({ answerId, outcome: 'stopped', receiptId: expect.any(String) })
    const { text } = await tillwire.answers.get({ userId: ada.userId, answerId })
    const last = watcher.events.map(({ payload }) => payload.offset).lastIndexOf(0)
    expect(textOf({ ...watcher, events: watcher.events.slice(last) }, answerId)).toBe(text)
    expect(watcher.events.filter(({ name }) => name === 'answer:end')).toHaveLength(1)
    expect(had + textOf(late, answerId, had.length)).toBe(text)

    const after = await late.ask('answer:resume', { answerId, offset: text.length })
    expect(after).toEqual({ ok: true, data: { state: 'stopped', offset: text.length } })
    const available = STARTER - Number(ends[0].spent)
    await late.until('balance:changed', (balance) => balance.available === available && balance.held === 0)
  })

  it('tells a balance that another process changed', async () => {
    const whole = await start()
    const ada = await whole.signUp('ada')
    explainOnFailure(whole.tillwire, ada.userId)
    const tab = await whole.open(ada.cookie)
    const command = fileURLToPath(new URL('../../../packages/tillwire/bin/tillwire.ts', import.meta.url))
    const env = { ...process.env, ...whole.env }
    await promisify(execFile)(process.execPath, [command, 'grant', ada.email, '20', '--key', 'gift'], { env })
    await tab.until('balance:changed', ({ available }) => available === credits(20))
  })
})
