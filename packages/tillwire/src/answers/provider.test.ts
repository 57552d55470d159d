import { describe, expect, it } from 'vitest'
import { type Logger, silentLogger, credits as units } from '../core/index.ts'
import { holderOf } from '../credits/index.ts'
import { ERROR_CODES } from '../protocol/index.ts'
import { costOf, type StartAnswer } from './index.ts'
import { openaiModel } from './openai/index.ts'
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
const QUESTION = 'Write 60 words about 🧂 and rivers'
const prices = priceBook.models['gpt-5-mini']!

/** Asks, and tells what a follower saw, what is stored, and what was charged; these must agree. */
async function asked(test: TestAnswers, request: Partial<StartAnswer> = {}) {
  const messages = [{ role: 'user' as const, content: QUESTION }]
  const { answerId, quote } = await test.answers.start({ userId, key: 'key', messages, ...request })
  const events = await readEvents((await test.answers.follow({ userId, answerId, offset: 0 })).events)
  const end = events.at(-1)
  if (end?.type !== 'end') throw new Error('There was no end.')
  const answer = await test.answers.get({ userId, answerId })
  const text = textOf(events)
  expect(answer).toMatchObject({ text, outcome: end.outcome, spent: end.spent, truncated: end.truncated })
  expect(answer.error ?? undefined).toEqual(end.error)
  expect(answer.withheld ?? undefined).toBe(end.withheld)
  expect(text.isWellFormed()).toBe(true)
  if (end.error) expect(ERROR_CODES).toContain(end.error.code)

  const balance = await test.credits.balance(holderOf(userId))
  expect(balance.held).toBe(0)
  expect(end.spent).toBeLessThanOrEqual(quote.max)
  expect((await test.credits.check()).problems).toEqual([])
  const receipt = end.receiptId && (await test.answers.receipt({ userId, receiptId: end.receiptId }))
  if (!receipt) {
    expect([end.spent, await consumedBy(test.credits)]).toEqual([0, 0])
    return { answerId, quote, end, text, receipt: null }
  }
  expect(receipt.spent).toBe(end.spent)
  expect(receipt.spent + receipt.absorbed).toBe(Math.max(costOf(prices, receipt.tokens), priceBook.minimum))
  expect(await consumedBy(test.credits)).toBe(receipt.spent)
  return { answerId, quote, end, text, receipt }
}

async function withFault(fault: object, request: Partial<StartAnswer> = {}) {
  await using test = await openTestAnswers({ granted: GRANTED })
  await test.fault(fault)
  return await asked(test, request)
}

/** What the model answers when nothing goes wrong. */
async function plainText(): Promise<string> {
  await using test = await openTestAnswers()
  return (await asked(test)).text
}

describe('a provider that takes no question', () => {
  it.each([
    ['a bad question', { status: 400 }, 'invalid_payload', 'change it'],
    ['too long a question', { status: 400, code: 'context_length_exceeded' }, 'prompt_too_long', 'shorten it'],
    ['content rules', { status: 400, code: 'invalid_prompt' }, 'invalid_payload', 'in other words'],
    ['a wrong key', { status: 401, code: 'invalid_api_key' }, 'unavailable', 'choose another'],
    ['no access', { status: 403 }, 'unavailable', 'choose another'],
    ['no such model', { status: 404, code: 'model_not_found' }, 'unavailable', 'choose another'],
    ['no credit of ours', { status: 429, code: 'insufficient_quota' }, 'unavailable', 'choose another'],
    ['a limit for long', { status: 429, retryAfter: 90 }, 'rate_limited', 'in 90 seconds'],
    ['a limit again and again', { status: 429, retryAfter: 0, times: 3 }, 'rate_limited', 'ask again'],
    ['an outage', { status: 503, times: 3 }, 'unavailable', 'ask again'],
    ['an endless refusal', { status: 400, bytes: 80_000_000 }, 'invalid_payload', 'change it'],
  ])('charges nothing, and tells what can be done: %s', async (_, error, code, message) => {
    const { end, text } = await withFault({ kind: 'error', ...error })
    expect(end).toMatchObject({ outcome: 'failed', spent: 0, receiptId: null, error: { code } })
    expect(end.error?.message).toContain(message)
    expect(text).toBe('')
  })

  it('is asked again at the time that it names, while nothing was sent', async () => {
    await using test = await openTestAnswers()
    await test.fault({ kind: 'error', status: 429, retryAfter: 1 })
    await test.fault({ kind: 'error', status: 503 })
    const started = performance.now()
    expect((await asked(test)).end.outcome).toBe('complete')
    expect(performance.now() - started).toBeGreaterThan(1_000)
  })

  it('is told at error level when it is for the operator to mend, without a secret', async () => {
    const lines: unknown[] = []
    const logger: Logger = {
      ...silentLogger,
      error: (fields, message) => lines.push([message, fields]),
      child: () => logger,
    }
    await using test = await openTestAnswers({ logger })
    await test.fault({ kind: 'error', status: 400 })
    await asked(test)
    expect(lines).toEqual([])
    await test.fault({ kind: 'error', status: 401, code: 'invalid_api_key' })
    await asked(test, { key: 'again' }).catch(() => undefined)
    expect(lines).toMatchObject([
      ['The model cannot be asked', { err: { code: 'model_misconfigured', details: { status: 401 } } }],
    ])
  })

  it('leaves what waits for its limit when the user stops it', async () => {
    await using test = await openTestAnswers()
    await test.fault({ kind: 'error', status: 429, retryAfter: 15 })
    const messages = [{ role: 'user' as const, content: QUESTION }]
    const { answerId } = await test.answers.start({ userId, key: 'key', messages })
    await test.answers.stop({ userId, answerId })
    await eventually(async () => (await test.answers.get({ userId, answerId })).outcome === 'stopped', 2_000)
  })
})

describe('a stream that breaks', () => {
  it.each([
    ['is reset', { kind: 'reset' }],
    ['ends without its last event', { kind: 'cut' }],
    ['says that the model failed', { kind: 'failed', code: 'server_error' }],
    ['sends what is not JSON', { kind: 'garbage' }],
    ['sends a line without end', { kind: 'oversized' }],
  ])('costs nothing before its first text, and what is written after it: %s', async (_, fault) => {
    const before = await withFault({ ...fault, after: 0, times: 3 })
    expect(before.end).toMatchObject({ outcome: 'failed', receiptId: null, error: { code: 'unavailable' } })
    const after = await withFault({ ...fault, after: 8 })
    expect(after.end).toMatchObject({ outcome: 'failed', error: { code: 'unavailable' } })
    expect(after.receipt).toMatchObject({ tokens: { source: 'counted' }, outcome: 'failed' })
    expect((await plainText()).startsWith(after.text)).toBe(true)
    expect(after.text).not.toBe('')
  })

  it('is asked again when it meets a limit before its first text', async () => {
    expect((await withFault({ kind: 'failed', code: 'rate_limit_exceeded' })).end.outcome).toBe('complete')
  })

  it('is cut at its limit and charged no more than was quoted when it never ends', async () => {
    const { end, text, quote, receipt } = await withFault({ kind: 'endless' }, { maxOutputTokens: 200 })
    expect(end).toMatchObject({ outcome: 'complete', truncated: true })
    expect(receipt!.tokens.output).toBeLessThanOrEqual(208)
    expect(end.spent).toBeLessThanOrEqual(quote.max)
    expect(text.length).toBeGreaterThan(400)
  })
})

describe('the text of an answer', () => {
  it.each([
    { kind: 'done_only', where: 'text' },
    { kind: 'done_only', where: 'part' },
    { kind: 'done_only', where: 'item' },
    { kind: 'done_only', where: 'response' },
    { kind: 'doubled' },
    { kind: 'interleaved' },
    { kind: 'split_surrogates' },
  ])('is whole and once, however it comes: %j', async (fault) => {
    const { end, text, receipt } = await withFault(fault)
    expect(end).toMatchObject({ outcome: 'complete', truncated: false })
    expect(text).toBe(await plainText())
    expect(text).toContain('🧂')
    expect(receipt).toMatchObject({ tokens: { source: 'model' } })
  })

  it('has U+FFFD where the provider sent half a character', async () => {
    const { text } = await withFault({ kind: 'half_character', after: 3 })
    expect(text).toContain('\uFFFD')
    expect(text.replace('\uFFFD', '')).toBe(await plainText())
  })

  it('is a refusal when the provider says so', async () => {
    const { end, text } = await withFault({ kind: 'refusal' })
    expect(end).toMatchObject({ outcome: 'complete', withheld: 'refusal' })
    expect(text).toBe(await plainText())
  })

  it('was cut off by content rules when the provider says so; nothing written costs nothing', async () => {
    const { end, receipt } = await withFault({ kind: 'incomplete', reason: 'content_filter', after: 5 })
    expect(end).toMatchObject({ outcome: 'failed', truncated: false, withheld: 'content_filter' })
    expect(end.error).toEqual({ code: 'invalid_payload', message: expect.stringContaining('content rules') })
    expect(receipt).toMatchObject({ tokens: { source: 'model', output: 15 } })
    const { end: empty } = await withFault({ kind: 'incomplete', reason: 'content_filter', after: 0 })
    expect(empty).toMatchObject({ outcome: 'failed', spent: 0, receiptId: null })
  })

  it('is not truncated when it ends early for another reason', async () => {
    const { end } = await withFault({ kind: 'incomplete', reason: 'steered', after: 5 })
    expect(end).toMatchObject({ outcome: 'failed', truncated: false, error: { code: 'unavailable' } })
  })

  it.each([1, 5, 15])('is cut by us at a limit below what the provider takes: %i', async (maxOutputTokens) => {
    const { end, receipt, text } = await withFault({ kind: 'no_usage' }, { maxOutputTokens })
    expect(end).toMatchObject({ outcome: 'complete', truncated: true })
    expect(receipt!.tokens.output).toBe(maxOutputTokens)
    expect(receipt!.absorbed).toBe(0)
    expect(text).not.toBe('')
  })
})

describe('a silent provider', () => {
  const patient = { firstEvent: '3s', silence: '3s' } as const

  async function silentFor(fault: object, options: { granted?: number; patience?: object } = {}) {
    const { granted = units(1), patience = {} } = options
    await using emulated = await openTestAnswers({ granted: units(0) })
    await emulated.fault(fault)
    const model = openaiModel({
      apiKey: 'any',
      baseUrl: emulated.emulator.url,
      patience: { 'gpt-5-mini': { ...patient, ...patience } },
    })
    await using test = await openTestAnswers({ granted: units(granted / 1_000_000), model })
    return await asked(test)
  }

  it.each([
    ['before its first text', { kind: 'stall', ms: 5_500 }],
    ['in the middle', { kind: 'stall', after: 5, ms: 5_500 }],
  ])('is waited for, and never mistaken for the end of the credits: %s', async (_, fault) => {
    const { end } = await silentFor(fault, { patience: { firstEvent: '20s', silence: '20s' } })
    expect(end.outcome).toBe('complete')
  })

  it('lives while it sends comments', async () => {
    const { end } = await silentFor({ kind: 'stall', ms: 2_000, pingMs: 100 }, { patience: { silence: '1s' } })
    expect(end.outcome).toBe('complete')
  })

  it.each([
    ['never answers', { kind: 'hang' }, { firstEvent: '1s', silence: '20s' }],
    ['stops before its first text', { kind: 'stall' }, { firstEvent: '20s', silence: '1s' }],
  ])('fails after the time of its model, and costs nothing: %s', async (_, fault, patience) => {
    const started = performance.now()
    const { end } = await silentFor(fault, { patience })
    expect(end).toMatchObject({ outcome: 'failed', spent: 0, receiptId: null, error: { code: 'unavailable' } })
    expect(performance.now() - started).toBeGreaterThan(950)
    expect(performance.now() - started).toBeLessThan(10_000)
  })

  it('is charged for what is written when it falls silent in the middle', async () => {
    const { end, text } = await silentFor({ kind: 'stall', after: 5 }, { patience: { silence: '1s' } })
    expect(end).toMatchObject({ outcome: 'failed', error: { code: 'unavailable' } })
    expect(text).not.toBe('')
  })

  it('holds more while it thinks, and goes on when there is no more to hold', async () => {
    await using test = await openTestAnswers({ granted: units(1) })
    await test.fault({ kind: 'reasoning', tokens: 60, ms: 6_000 })
    const messages = [{ role: 'user' as const, content: 'moss briefly' }]
    const { answerId } = await test.answers.start({ userId, key: 'key', messages })
    const balance = () => test.credits.balance(holderOf(userId))
    const first = (await balance()).held
    await eventually(async () => (await balance()).held > first)
    await eventually(async () => (await balance()).available === 0)
    const events = await readEvents((await test.answers.follow({ userId, answerId, offset: 0 })).events)
    expect(events.at(-1)).toMatchObject({ type: 'end', outcome: 'complete' })
  })
})
