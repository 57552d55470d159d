import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type Clock, credits as units } from '../core/index.ts'
import { holderOf } from '../credits/index.ts'
import { costOf } from './index.ts'
import {
  consumedBy,
  eventually,
  openTestAnswers,
  priceBook,
  readEvents,
  type TestAnswers,
  textOf,
  userId,
} from './testing/open-test-answers.ts'

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
/** Where every lease of now is over. */
const later: Clock = { now: () => new Date(Date.now() + 11_000) }
const messages = [{ role: 'user' as const, content: 'Write 2000 words about rivers' }]

async function startElsewhere(test: TestAnswers): Promise<{ child: ChildProcess; answerId: string }> {
  const child = fork(join(import.meta.dirname, 'testing/own-answer.ts'), [test.url, test.emulator.url])
  children.push(child)
  const [message] = await once(child, 'message')
  return { child, answerId: (message as { answerId: string }).answerId }
}

async function expectDeliveredIsCharged(test: TestAnswers, answerId: string) {
  const { text, spent, receiptId, outcome } = await test.answers.get({ userId, answerId })
  expect(outcome).toBe('failed')
  const receipt = await test.answers.receipt({ userId, receiptId: receiptId! })
  expect(receipt.tokens.source).toBe('counted')
  expect(receipt.tokens.output).toBeGreaterThan(text.length / 8)
  expect(spent).toBe(costOf(priceBook.models['gpt-5-mini']!, receipt.tokens))
  expect(receipt.spent).toBe(spent)
  expect(await consumedBy(test.credits)).toBe(spent)
  const balance = await test.credits.balance(holderOf(userId))
  expect(balance).toMatchObject({ held: 0, available: units(1_000) - spent })
  expect((await test.credits.check()).problems).toEqual([])
}

describe('an answer of another process', () => {
  it('is followed, and stopped', async () => {
    await using test = await openTestAnswers({ pace: 300 })
    const { answerId } = await startElsewhere(test)
    const { events } = await test.answers.follow({ userId, answerId, offset: 0 })
    const seen = []
    for await (const event of events) {
      seen.push(event)
      if (textOf(seen).length > 200) await test.answers.stop({ userId, answerId })
    }
    expect(seen.at(-1)).toMatchObject({ type: 'end', outcome: 'stopped' })
    expect((await test.answers.get({ userId, answerId })).text).toBe(textOf(seen))
  })

  it('is settled for what was delivered when that process is killed, once', async () => {
    await using test = await openTestAnswers({ pace: 300 })
    const { child, answerId } = await startElsewhere(test)
    const reading = readEvents((await test.answers.follow({ userId, answerId, offset: 0 })).events)
    await eventually(async () => (await test.answers.get({ userId, answerId })).text.length > 400)
    child.kill('SIGKILL')
    await once(child, 'exit')

    expect(await test.answers.recover()).toBe(0)
    const others = [test.another({ clock: later }), test.another({ clock: later })]
    const counts = await Promise.all(others.map((answers) => answers.recover()))
    expect(counts.reduce((sum, count) => sum + count)).toBe(1)
    const events = await reading
    expect(events.at(-1)).toMatchObject({ type: 'end', outcome: 'failed', error: { code: 'interrupted' } })
    expect(textOf(events)).toBe((await test.answers.get({ userId, answerId })).text)
    await expectDeliveredIsCharged(test, answerId)

    const { items } = await test.credits.entries(holderOf(userId), { limit: 1_000 })
    const moved = items.filter(({ kind }) => kind !== 'grant')
    expect(new Set(moved.map(({ refs }) => refs.request))).toEqual(new Set(['req_child']))
  })
})

describe('an answer whose process was killed before its first token', () => {
  it('costs nothing', async () => {
    await using test = await openTestAnswers()
    await test.fault({ kind: 'stall', after: 0 })
    const { child, answerId } = await startElsewhere(test)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await test.another({ clock: later }).recover()).toBe(1)
    expect(await test.answers.get({ userId, answerId })).toMatchObject({ outcome: 'failed', spent: 0, receiptId: null })
    const balance = await test.credits.balance(holderOf(userId))
    expect(balance).toMatchObject({ held: 0, available: units(1_000) })
  })
})

describe('an owner that was taken over', () => {
  it('writes, charges and sends nothing more', async () => {
    await using test = await openTestAnswers({ pace: 300 })
    const { answerId } = await test.answers.start({ userId, key: 'k', messages })
    const reading = readEvents((await test.answers.follow({ userId, answerId, offset: 0 })).events)
    await eventually(async () => (await test.answers.get({ userId, answerId })).text.length > 400)
    // The owner writes all the while, so taking over may take several tries.
    await eventually(async () => (await test.another({ clock: later }).recover()) === 1)
    const events = await reading
    expect(events.at(-1)).toMatchObject({ type: 'end', outcome: 'failed', error: { code: 'interrupted' } })
    const { text } = await test.answers.get({ userId, answerId })
    expect(textOf(events)).toBe(text)
    await expectDeliveredIsCharged(test, answerId)
  })
})

describe('close', () => {
  it('ends what runs, charged for what was delivered', async () => {
    await using test = await openTestAnswers({ pace: 300 })
    const { answerId } = await test.answers.start({ userId, key: 'k', messages })
    const reading = readEvents((await test.answers.follow({ userId, answerId, offset: 0 })).events)
    await eventually(async () => (await test.answers.get({ userId, answerId })).text.length > 400)
    await test.answers.close()
    expect((await reading).at(-1)).toMatchObject({ type: 'end', outcome: 'failed', error: { code: 'interrupted' } })
    await expectDeliveredIsCharged(test, answerId)
  })
})
