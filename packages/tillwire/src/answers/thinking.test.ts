import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { microcredits, credits as units } from '../core/index.ts'
import { holderOf } from '../credits/index.ts'
import { costOf, type Receipt } from './index.ts'
import {
  eventually,
  openTestAnswers,
  priceBook,
  readEvents,
  type TestAnswers,
  textOf,
  userId,
} from './testing/open-test-answers.ts'

const messages = [{ role: 'user' as const, content: 'moss briefly' }]
const prices = priceBook.models['gpt-5-mini']!
/** The least with which this question is begun: its first hold, and a little. */
const LEAST = units(0.65)
/** A token of output, in microcredits. */
const TOKEN = 3_200
const RICH = units(1_000)

interface Thought {
  readonly tokens: number
  readonly ms?: number
}

/** Asks a model that thinks, as someone with so many credits. */
async function thinks(thought: Thought, granted: number, meanwhile?: (test: TestAnswers) => Promise<void>) {
  await using test = await openTestAnswers({ granted: microcredits(granted) })
  await test.fault({ kind: 'reasoning', ...thought })
  const { answerId } = await test.answers.start({ userId, key: 'key', messages })
  await meanwhile?.(test)
  const events = await readEvents((await test.answers.follow({ userId, answerId, offset: 0 })).events)
  const end = events.at(-1)
  if (end?.type !== 'end' || end.receiptId === null) throw new Error('There was no end that was charged.')
  const receipt = await test.answers.receipt({ userId, receiptId: end.receiptId })
  expect((await test.credits.balance(holderOf(userId))).held).toBe(0)
  expect((await test.credits.check()).problems).toEqual([])
  return { end, receipt, text: textOf(events) }
}

let plain: { readonly text: string; readonly tokens: Receipt['tokens'] }
beforeAll(async () => {
  const { text, receipt } = await thinks({ tokens: 1 }, RICH)
  plain = { text, tokens: { ...receipt.tokens, output: receipt.tokens.output - 1 } }
})
const costThinking = (tokens: number) => costOf(prices, { ...plain.tokens, output: plain.tokens.output + tokens })

/** How long it thinks, in milliseconds: at once, at a human pace, and past the tick of a silent answer. */
const pace = fc.constantFrom(undefined, 20, 1_200)

describe.concurrent('an answer of a model that thinks', () => {
  it.each([
    [LEAST, 2_400],
    [LEAST, 4_600],
    [units(1), 4_600],
    [units(2), 7_500],
  ])('is whole, however slowly it thought, when %i microcredits pay for it: %i ms', async (granted, ms) => {
    const { end, text } = await thinks({ tokens: 60, ms }, granted)
    expect(end).toMatchObject({ outcome: 'complete', truncated: false, spent: costThinking(60) })
    expect(text).toBe(plain.text)
  })

  it('never ends for lack of credits when it costs no more than there are, whatever the pace', async () => {
    const tokens = fc.integer({ min: 1, max: 3_000 })
    const spare = fc.oneof(fc.constant(0), fc.nat(2_000_000))
    await fc.assert(
      fc.asyncProperty(tokens, pace, spare, async (tokens, ms, spare) => {
        const cost = costThinking(tokens)
        const { end, text, receipt } = await thinks({ tokens, ms }, Math.max(LEAST, cost + spare))
        expect(end).toMatchObject({ outcome: 'complete', truncated: false, spent: cost })
        expect([text, receipt.absorbed]).toEqual([plain.text, 0])
      }),
      { numRuns: 10 },
    )
  })

  it('ends where the credits do when it costs more, and less than a token is borne by us', async () => {
    const lacking = fc.integer({ min: 1, max: 3_000 })
    await fc.assert(
      fc.asyncProperty(lacking, fc.nat(500), pace, async (lacking, more, ms) => {
        const granted = LEAST + more * TOKEN
        const reach = Math.floor((granted - costThinking(0)) / TOKEN)
        const { end, text, receipt } = await thinks({ tokens: reach + lacking, ms }, granted)
        expect(end).toMatchObject({ outcome: 'out_of_credits', truncated: false })
        expect(plain.text.startsWith(text)).toBe(true)
        expect(receipt.absorbed).toBeLessThan(TOKEN)
        expect(end.spent).toBeLessThanOrEqual(granted)
        expect(granted - end.spent).toBeLessThan(TOKEN)
      }),
      { numRuns: 10 },
    )
  })

  it('is cut by its limit, and not for lack of credits, when there are more by then', async () => {
    const { end } = await thinks({ tokens: 900, ms: 4_000 }, units(1), async (test) => {
      await untilMoreIsHeld(test)
      await test.grant(units(50))
    })
    expect(end).toMatchObject({ outcome: 'complete', truncated: true })
  })

  it('is borne by us as far as its credits went elsewhere while it thought', async () => {
    const { end, receipt } = await thinks({ tokens: 700, ms: 4_000 }, units(3), async (test) => {
      await untilMoreIsHeld(test)
      const { available } = await test.credits.balance(holderOf(userId))
      await test.credits.spend({ holder: holderOf(userId), amount: available, key: 'elsewhere' })
    })
    expect(end).toMatchObject({ outcome: 'complete', truncated: false })
    expect(receipt.absorbed).toBe(costThinking(700) - end.spent)
    expect(receipt.absorbed).toBeGreaterThan(0)
  })

  it('leaves most of the credits to other answers, however long it thinks', async () => {
    const { end } = await thinks({ tokens: 60, ms: 9_500 }, units(10), async (test) => {
      await untilMoreIsHeld(test)
      const until = performance.now() + 6_500
      await eventually(async () => {
        expect((await test.credits.balance(holderOf(userId))).held).toBeLessThan(units(2.5))
        return performance.now() > until
      })
    })
    expect(end).toMatchObject({ outcome: 'complete', spent: costThinking(60) })
  })
})

/** More is held by time only once the model says that it thinks: then it has its limit. */
async function untilMoreIsHeld({ credits }: TestAnswers): Promise<void> {
  const held = async () => (await credits.balance(holderOf(userId))).held
  const first = await held()
  await eventually(async () => (await held()) > first)
}
