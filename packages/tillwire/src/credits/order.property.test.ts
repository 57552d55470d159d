import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isTillwireError } from '../core/index.ts'
import { type Hold, holderOf } from './index.ts'
import { openLedger, sums, type TestLedger, units } from './testing/open-ledger.ts'

const ada = holderOf('ada')
/** More by LEDGER_RUNS, for a long look. */
const RUNS = Number(process.env.LEDGER_RUNS ?? 300)
const GIVEN = 7

/** Each is one line of events: those of one grant, one hold or one spending stay in their order. */
type Event =
  | { do: 'grant'; amount: number }
  | { do: 'spend'; amount: number }
  | { do: 'reserve' | 'spend hold' | 'settle'; hold: number; amount: number }
  | { do: 'reverse' | 'restore'; grant: number; amount: number }
type Line = readonly Event[]

const size = fc.integer({ min: 1, max: 8 })
const line: fc.Arbitrary<Line> = fc.oneof(
  fc.record({ do: fc.constant('grant' as const), amount: size }).map((event) => [event]),
  fc.record({ do: fc.constant('spend' as const), amount: size }).map((event) => [event]),
  fc.tuple(fc.nat(1_000_000), size, size, size).map(([hold, max, slice, actual]): Line => {
    const spent = Math.min(slice, max)
    return [
      { do: 'reserve', hold, amount: max },
      { do: 'spend hold', hold, amount: spent },
      { do: 'settle', hold, amount: Math.max(spent, Math.min(actual, max)) },
    ]
  }),
  fc.tuple(fc.nat(2), fc.integer({ min: 1, max: GIVEN }), fc.nat(GIVEN)).map(([grant, taken, back]): Line => {
    const reversal: Event = { do: 'reverse', grant, amount: taken }
    const restored = Math.max(0, taken - back)
    return restored === 0 ? [reversal] : [reversal, { do: 'restore', grant, amount: restored }]
  }),
)

/** The same lines, dealt in two orders. */
const orders = fc
  .array(line, { minLength: 3, maxLength: 8 })
  .chain((lines) => {
    const turns = lines.flatMap((events, index) => events.map(() => index))
    const shuffled = fc.shuffledSubarray(turns, { minLength: turns.length })
    return fc.tuple(fc.constant(lines), shuffled, shuffled)
  })
  .map(([lines, ...dealt]) => dealt.map((turns) => inTurn(lines, turns)))

function inTurn(lines: readonly Line[], turns: readonly number[]): Event[] {
  const next = lines.map((events) => events[Symbol.iterator]())
  return turns.map((turn) => next[turn]!.next().value!)
}

/** What is left after all of them; null when one was refused. */
async function play(events: readonly Event[]): Promise<object | null> {
  await using ledger = await openLedger()
  const grants = await Promise.all(
    [0, 1, 2].map((index) =>
      ledger.credits.grant({ holder: ada, amount: units(GIVEN), key: `given-${index}`, source: { kind: 'manual' } }),
    ),
  )
  const holds = new Map<number, Hold>()
  try {
    for (const [index, event] of events.entries())
      await take(
        ledger,
        event,
        `key-${index}`,
        holds,
        grants.map(({ grant }) => grant),
      )
  } catch (error) {
    if (isTillwireError(error) && error.code !== 'internal') return null
    throw error
  }
  expect((await ledger.credits.check()).problems).toEqual([])
  return await sums(ledger.credits, ada)
}

async function take(
  { credits }: TestLedger,
  event: Event,
  key: string,
  holds: Map<number, Hold>,
  grants: readonly string[],
): Promise<void> {
  const amount = units(event.amount)
  if (event.do === 'grant') await credits.grant({ holder: ada, amount, key, source: { kind: 'manual' } })
  if (event.do === 'spend') await credits.spend({ holder: ada, amount, key })
  if (event.do === 'reserve')
    holds.set(event.hold, await credits.reserve({ holder: ada, max: amount, key, ttl: '15m' }))
  if (event.do === 'spend hold') await holds.get(event.hold)!.spend(amount, { key })
  if (event.do === 'settle') await holds.get(event.hold)!.settle(amount, { key })
  if (event.do === 'reverse' || event.do === 'restore')
    await credits[event.do]({ grant: grants[event.grant]!, amount, key, reason: 'refund' })
}

/** One that surely ends in debt. */
const reserve: Event = { do: 'reserve', hold: 0, amount: 15 }
const settle: Event = { do: 'settle', hold: 0, amount: 15 }
const reversals: Event[] = [0, 1, 2].map((grant) => ({ do: 'reverse', grant, amount: GIVEN }))
const indebted = [
  [reserve, ...reversals, settle],
  [reserve, settle, ...reversals.toReversed()],
]

describe('the same events in another order', () => {
  it('leave the same balance, whenever each of them is accepted', { timeout: 600_000 }, async () => {
    let compared = 0
    let withDebt = 0
    await fc.assert(
      fc.asyncProperty(orders, async ([first, second]) => {
        const one = await play(first!)
        const other = await play(second!)
        if (!one || !other) return
        compared += 1
        if ('debt' in one && one.debt !== 0) withDebt += 1
        expect(other).toEqual(one)
      }),
      { numRuns: RUNS, examples: [[indebted]] },
    )
    expect(compared).toBeGreaterThan(RUNS / 10)
    expect(withDebt).toBeGreaterThan(0)
  })
})
