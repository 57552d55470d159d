import { describe, expect, it } from 'vitest'
import { IdempotencyConflict, microcredits, credits as units } from '../core/index.ts'
import { holderOf, OutOfCredits } from '../credits/index.ts'
import type { AnswerEvent } from './index.ts'
import { answers, costOf, PromptTooLong, TooManyAnswers, UnknownModel } from './index.ts'
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

const GRANTED = units(1_000)
const ask = (content: string) => [{ role: 'user' as const, content }]

async function started(test: TestAnswers, content: string, options: { maxOutputTokens?: number; key?: string } = {}) {
  const { key = 'key', maxOutputTokens } = options
  const { answerId, quote } = await test.answers.start({ userId, key, messages: ask(content), maxOutputTokens })
  const { events } = await test.answers.follow({ userId, answerId, offset: 0 })
  return { answerId, quote, events }
}

async function answered(test: TestAnswers, content: string, options: { maxOutputTokens?: number } = {}) {
  const { answerId, quote, events } = await started(test, content, options)
  const all = await readEvents(events)
  return { answerId, quote, events: all, text: textOf(all), end: endOf(all) }
}

function endOf(events: readonly AnswerEvent[]) {
  const end = events.at(-1)
  if (end?.type !== 'end') throw new Error('There was no end.')
  return end
}

/** Spent is price times tokens, the fall of the balance, the receipt, and the sum of the ledger's entries. */
async function expectExactlySpent(test: TestAnswers, answerId: string, granted = GRANTED) {
  const answer = await test.answers.get({ userId, answerId })
  const balance = await test.credits.balance(holderOf(userId))
  expect(balance.held).toBe(0)
  expect(granted - balance.available).toBe(answer.spent)
  expect(await consumedBy(test.credits)).toBe(answer.spent)
  expect((await test.credits.check()).problems).toEqual([])
  if (answer.receiptId === null) {
    expect(answer.spent).toBe(0)
    return null
  }
  const receipt = await test.answers.receipt({ userId, receiptId: answer.receiptId })
  expect(receipt.spent).toBe(answer.spent)
  expect(receipt.grants.reduce((sum, { amount }) => sum + amount, 0)).toBe(answer.spent)
  const cost = costOf(priceBook.models[receipt.model]!, receipt.tokens)
  expect(receipt.spent + receipt.absorbed).toBe(Math.max(cost, priceBook.minimum))
  expect(receipt.spent).toBeGreaterThan(0)
  return receipt
}

describe('what is charged', () => {
  it('is what the model counted, for an answer that is complete', async () => {
    await using test = await openTestAnswers()
    const { answerId, quote, end, text } = await answered(test, 'Write 700 words about rivers')
    expect(end).toMatchObject({ outcome: 'complete', truncated: false })
    expect(end.spent).toBeLessThan(quote.max)
    expect(text.split(/\s+/).length).toBeGreaterThan(690)
    expect((await test.answers.get({ userId, answerId })).text).toBe(text)
    const receipt = await expectExactlySpent(test, answerId)
    expect(receipt).toMatchObject({ tokens: { source: 'model' }, outcome: 'complete', priceVersion: 'test-1' })
    expect(receipt!.providerCost).toBeGreaterThan(1_000)
  })

  it.each([
    ['says that it was cut', []],
    ['calls it complete', [{ kind: 'completed_on_cut' }]],
  ])('is the limit, when the model is cut by it and %s', async (_, faults) => {
    await using test = await openTestAnswers()
    for (const fault of faults) await test.fault(fault)
    const { answerId, end } = await answered(test, 'Write 700 words about rivers', { maxOutputTokens: 300 })
    expect(end).toMatchObject({ outcome: 'complete', truncated: true })
    const receipt = await expectExactlySpent(test, answerId)
    expect(receipt).toMatchObject({ truncated: true, tokens: { output: 300, source: 'model' } })
  })

  it('is our count, when the model names no usage', async () => {
    await using test = await openTestAnswers()
    const { answerId: first } = await answered(test, 'Write 300 words about salt')
    const counted = await openTestAnswers()
    await counted.fault({ kind: 'no_usage' })
    const { answerId: second } = await answered(counted, 'Write 300 words about salt')
    const told = (await expectExactlySpent(test, first))!
    const ours = (await expectExactlySpent(counted, second))!
    await counted[Symbol.asyncDispose]()
    expect(ours.tokens.source).toBe('counted')
    expect(Math.abs(ours.tokens.output - told.tokens.output)).toBeLessThanOrEqual(told.tokens.output * 0.02)
    expect(ours.tokens.input).toBe(told.tokens.input)
  })

  it('names every movement of its hold on the receipt, however often that was renewed', async () => {
    await using test = await openTestAnswers({ pace: 400 })
    const { answerId, events } = await started(test, 'Write 2000 words about rivers')
    const { holdId } = (await test.store.collection(answers).get(answerId))!
    for (let time = 1; time <= 150; time++)
      await (await test.credits.getHold(holdId))!.extend({ ttl: '15m', key: `renewed-${time}` })
    await test.answers.stop({ userId, answerId })
    await readEvents(events)
    const { entries } = (await expectExactlySpent(test, answerId))!
    const { items } = await test.credits.entries(holderOf(userId), { limit: 1_000 })
    const ofHold = items.filter(({ refs }) => refs.hold === holdId)
    expect(ofHold.length).toBeGreaterThan(151)
    expect(entries).toEqual(ofHold.map(({ id }) => id).reverse())
  })

  it('is what was delivered, when the user stops it', async () => {
    await using test = await openTestAnswers({ pace: 400 })
    const { answerId, events } = await started(test, 'Write 2000 words about rivers')
    const seen: AnswerEvent[] = []
    for await (const event of events) {
      seen.push(event)
      if (textOf(seen).length > 200) await test.answers.stop({ userId, answerId })
    }
    expect(endOf(seen).outcome).toBe('stopped')
    const receipt = await expectExactlySpent(test, answerId)
    expect(receipt).toMatchObject({ tokens: { source: 'counted' }, outcome: 'stopped' })
    expect((await test.answers.get({ userId, answerId })).text).toBe(textOf(seen))
    await test.answers.stop({ userId, answerId })
  })

  it('is what was delivered, when the connection to the model breaks', async () => {
    await using test = await openTestAnswers()
    await test.fault({ kind: 'reset', after: 30 })
    const { answerId, end, text } = await answered(test, 'Write 700 words about rivers')
    expect(end).toMatchObject({ outcome: 'failed', error: { code: 'unavailable' } })
    expect(text.length).toBeGreaterThan(100)
    await expectExactlySpent(test, answerId)
  })

  it('is nothing, when the model fails before its first token', async () => {
    await using test = await openTestAnswers()
    await test.fault({ kind: 'error', status: 500, times: 3 })
    const { answerId, end } = await answered(test, 'Why?')
    expect(end).toMatchObject({ outcome: 'failed', spent: 0, receiptId: null, error: { code: 'unavailable' } })
    await expectExactlySpent(test, answerId)
  })

  it('is nothing, when the connection breaks before the first token', async () => {
    await using test = await openTestAnswers()
    await test.fault({ kind: 'reset', after: 0 })
    const { answerId, end } = await answered(test, 'Why?')
    expect(end).toMatchObject({ outcome: 'failed', spent: 0, receiptId: null, error: { code: 'unavailable' } })
    await expectExactlySpent(test, answerId)
  })

  it('includes what the model thought, as far as the credits go', async () => {
    await using test = await openTestAnswers()
    await test.fault({ kind: 'reasoning', tokens: 900 })
    const { answerId } = await answered(test, 'Write 50 words about salt')
    const receipt = (await expectExactlySpent(test, answerId))!
    expect(receipt.tokens.reasoning).toBe(900)

    const granted = units(1)
    await using poor = await openTestAnswers({ granted })
    await poor.fault({ kind: 'reasoning', tokens: 900 })
    const { answerId: short, end, text } = await answered(poor, 'Write 50 words about salt')
    expect(end).toMatchObject({ outcome: 'out_of_credits', truncated: false })
    expect(text).toBe('')
    const cut = (await expectExactlySpent(poor, short, granted))!
    expect(cut).toMatchObject({ spent: granted, tokens: { source: 'model', output: cut.tokens.reasoning } })
    expect(cut.absorbed).toBeLessThan(costOf(priceBook.models['gpt-5-mini']!, { input: 0, cachedInput: 0, output: 1 }))
  })

  it('is what the credits paid for, when they end', async () => {
    const granted = units(1.5)
    await using test = await openTestAnswers({ granted })
    const { answerId, end, text } = await answered(test, 'Write 2000 words about rivers')
    expect(end.outcome).toBe('out_of_credits')
    expect(text.length).toBeGreaterThan(800)
    expect((await test.answers.get({ userId, answerId })).text).toBe(text)
    const receipt = await expectExactlySpent(test, answerId, granted)
    expect(receipt!.spent).toBeLessThanOrEqual(granted)
    expect(receipt!.spent).toBeGreaterThan(granted * 0.9)
    expect(receipt!.absorbed).toBe(0)
  })
})

describe('start', () => {
  it('refuses before anything is charged, and leaves the key free', async () => {
    await using test = await openTestAnswers({ granted: units(0.1) })
    const request = { userId, key: 'k', messages: ask('Why?') }
    await expect(test.answers.start(request)).rejects.toSatisfy((error) => OutOfCredits.is(error))
    await expect(test.answers.start({ ...request, model: 'gpt-99' })).rejects.toSatisfy((e) => UnknownModel.is(e))
    await expect(test.answers.start({ ...request, messages: ask('a'.repeat(100_001)) })).rejects.toSatisfy((error) =>
      PromptTooLong.is(error),
    )
    await expect(test.answers.start({ ...request, messages: [] })).rejects.toMatchObject({ code: 'invalid_payload' })
    expect((await test.answers.list({ userId })).items).toEqual([])
    expect(await consumedBy(test.credits)).toBe(0)
    await test.grant(units(10))
    expect((await test.answers.start(request)).replayed).toBe(false)
  })

  it('returns the same answer for a key again, and charges nothing for it', async () => {
    await using test = await openTestAnswers()
    const { answerId } = await answered(test, 'Why is bread sour?')
    const request = { userId, key: 'key', messages: ask('Why is bread sour?') }
    expect(await test.answers.start(request)).toMatchObject({ answerId, replayed: true })
    await expectExactlySpent(test, answerId)
    await expect(test.answers.start({ ...request, messages: ask('Why not?') })).rejects.toSatisfy((error) =>
      IdempotencyConflict.is(error),
    )
    const racing = await Promise.all(
      Array.from({ length: 8 }, () => test.answers.start({ userId, key: 'race', messages: ask('How?') })),
    )
    expect(new Set(racing.map((start) => start.answerId)).size).toBe(1)
    expect(racing.filter((start) => !start.replayed)).toHaveLength(1)
  })

  it('keeps to the limit of open answers when many start at once', async () => {
    await using test = await openTestAnswers({ maxOpenPerUser: 5, pace: 20 })
    const starts = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        test.answers.start({ userId, key: `k${index}`, messages: ask('Write 2000 words') }),
      ),
    )
    const refused = starts.flatMap((start) => (start.status === 'rejected' ? [start.reason] : []))
    expect(refused).toHaveLength(15)
    expect(refused.every((error) => TooManyAnswers.is(error))).toBe(true)
    const [open] = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value.answerId] : []))
    await test.answers.stop({ userId, answerId: open! })
    await eventually(async () => (await test.answers.get({ userId, answerId: open! })).outcome === 'stopped')
    expect((await test.answers.start({ userId, key: 'again', messages: ask('Why?') })).replayed).toBe(false)
  })

  it('reserves the whole quote when asked, and gives back the rest', async () => {
    await using test = await openTestAnswers({ pace: 100 })
    const request = { userId, key: 'k', messages: ask('Why?'), maxOutputTokens: 1_000, reserve: 'whole' as const }
    const { answerId, quote } = await test.answers.start(request)
    expect((await test.credits.balance(holderOf(userId))).held).toBe(quote.max)
    await test.answers.stop({ userId, answerId })
    await eventually(async () => (await test.credits.balance(holderOf(userId))).held === 0)
    await expectExactlySpent(test, answerId)
    await test.answers.close()
    await expect(test.answers.start({ ...request, key: 'late' })).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('quotes without charging, and lowers the limit to the model’s own', async () => {
    await using test = await openTestAnswers({ granted: microcredits(0) })
    const quote = await test.answers.quote({ messages: ask('Why?'), maxOutputTokens: 1_000_000 })
    expect(quote.model).toBe('gpt-5-mini')
    expect(quote.max).toBeGreaterThan(16_384 * 3_200)
    expect(quote.max).toBeLessThan(16_384 * 3_200 + 20_000)
  })
})

describe('follow', () => {
  it('tells every follower all of it, from any offset, across openings and after the end', async () => {
    await using test = await openTestAnswers({ pace: 800 })
    const { answerId, events } = await started(test, 'Write 500 words about rivers')
    const elsewhere = test.another()
    const remote = (await elsewhere.follow({ userId, answerId, offset: 0 })).events
    const [own, other] = await Promise.all([readEvents(events), readEvents(remote)])
    const { text } = await test.answers.get({ userId, answerId })
    expect(textOf(own)).toBe(text)
    expect(textOf(other)).toBe(text)
    expect(endOf(other)).toEqual(endOf(own))
    for (const all of [own, other]) expect(all.some((event) => event.type === 'cost' && event.spent > 0)).toBe(true)

    const late = await elsewhere.follow({ userId, answerId, offset: 777 })
    expect(late).toMatchObject({ state: 'complete', offset: text.length })
    const rest = await readEvents(late.events)
    expect(textOf(rest, 777)).toBe(text.slice(777))
    expect(endOf(rest)).toEqual(endOf(own))
  })

  it('resumes in the middle of a stream without a gap', async () => {
    await using test = await openTestAnswers({ pace: 800 })
    const { answerId, events } = await started(test, 'Write 400 words about rivers')
    const first: AnswerEvent[] = []
    for await (const event of events) {
      first.push(event)
      if (textOf(first).length > 300) break
    }
    const seen = textOf(first)
    const resumed = await test.answers.follow({ userId, answerId, offset: seen.length })
    expect(resumed.state).toBe('streaming')
    const rest = await readEvents(resumed.events)
    expect(seen + textOf(rest, seen.length)).toBe((await test.answers.get({ userId, answerId })).text)
  })

  it('ends when its signal aborts, and stops nothing', async () => {
    await using test = await openTestAnswers({ pace: 100 })
    const { answerId } = await started(test, 'Write 400 words about rivers')
    for (const answers of [test.answers, test.another()]) {
      const abort = new AbortController()
      const { events } = await answers.follow({ userId, answerId, offset: 0, signal: abort.signal })
      for await (const event of events) if (event.type === 'delta') abort.abort()
    }
    expect((await test.answers.get({ userId, answerId })).outcome).toBe('streaming')
  })

  it('shows an answer and a receipt to their owner only', async () => {
    await using test = await openTestAnswers()
    const { answerId, end } = await answered(test, 'Why?')
    const stranger = { userId: 'user_2', answerId, offset: 0, receiptId: end.receiptId! }
    await expect(test.answers.follow(stranger)).rejects.toMatchObject({ code: 'not_found' })
    await expect(test.answers.get(stranger)).rejects.toMatchObject({ code: 'not_found' })
    await expect(test.answers.stop(stranger)).rejects.toMatchObject({ code: 'not_found' })
    await expect(test.answers.receipt(stranger)).rejects.toMatchObject({ code: 'not_found' })
    expect((await test.answers.list({ userId: 'user_2' })).items).toEqual([])
    expect((await test.answers.list({ userId })).items).toMatchObject([{ id: answerId, preview: 'Why?' }])
  })
})
