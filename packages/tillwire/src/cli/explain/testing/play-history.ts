import fc from 'fast-check'
import { answerLog, answers, holdKeyOf, logId, receipts } from '../../../answers/index.ts'
import { charges, checkouts, customers, webhookEvents } from '../../../commerce/index.ts'
import { isTillwireError, newId } from '../../../core/index.ts'
import { type Hold, holderOf } from '../../../credits/index.ts'
import { newKey, openLedger, type TestLedger, units } from '../../../credits/testing/open-ledger.ts'
import { users } from '../../../sessions/index.ts'
import { insert } from '../../../store/index.ts'
import { workflowRuns } from '../../../workflow/index.ts'

const COLLECTIONS = [users, customers, checkouts, charges, webhookEvents, workflowRuns, answers, answerLog, receipts]
const PRICE = { version: 'v1', input: 0, cachedInput: 0, output: 0, minimum: 0, providerCost: null }

const amount = fc.integer({ min: 1, max: 1_000 })
const which = fc.nat({ max: 1_000 })

/** What may happen to a user's credits. An amount that is not there is refused, and nothing happens. */
export const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('buy'), amount }),
    fc.record({ do: fc.constant('give'), amount }),
    fc.record({ do: fc.constant('reserve'), amount }),
    fc.record({ do: fc.constantFrom('spend', 'settle', 'release'), amount, which }),
    fc.record({ do: fc.constant('refund'), amount, which }),
    fc.record({ do: fc.constant('wait') }),
    fc.record({
      do: fc.constant('answer'),
      amount,
      slices: fc.array(fc.tuple(fc.nat({ max: 99 }), fc.string({ minLength: 1, maxLength: 9 })), { maxLength: 5 }),
      ended: fc.boolean(),
      /** What it cost above its hold. */
      over: fc.nat({ max: 3 }),
    }),
  ),
  { maxLength: 30 },
)
type Step = typeof steps extends fc.Arbitrary<(infer S)[]> ? S : never

/** A user to whom all of it happened, and what there is to explain. */
export interface History extends TestLedger {
  readonly userId: string
  readonly payments: readonly string[]
  readonly answers: ReadonlyMap<string, { readonly hold: string; readonly text: string }>
}

export async function playHistory(played: readonly Step[]): Promise<History> {
  const ledger = await openLedger(COLLECTIONS)
  const { id: userId } = await ledger.store.collection(users).insert({ email: 'ada@example.com' })
  const player = new Player(ledger, userId)
  for (const step of played) {
    ledger.clock.advance('7ms')
    await player.take(step).catch((error: unknown) => {
      if (!isTillwireError(error)) throw error
    })
  }
  return { ...ledger, userId, payments: player.payments, answers: player.answers }
}

class Player {
  readonly payments: string[] = []
  readonly answers = new Map<string, { hold: string; text: string }>()
  readonly #ledger: TestLedger
  readonly #userId: string
  readonly #holds: Hold[] = []
  readonly #grants: string[] = []

  constructor(ledger: TestLedger, userId: string) {
    this.#ledger = ledger
    this.#userId = userId
  }

  async take(step: Step): Promise<unknown> {
    const { credits, clock } = this.#ledger
    const holder = holderOf(this.#userId)
    if (step.do === 'wait') {
      clock.advance('20m')
      return credits.expireDue()
    }
    if (!('amount' in step)) return
    const key = newKey()
    const size = units(step.amount)
    if (step.do === 'buy') return this.#buy(step.amount)
    if (step.do === 'answer' && 'slices' in step) return this.#answer(step)
    if (step.do === 'give')
      return credits.grant({ holder, amount: size, key, source: { kind: 'manual' }, expiresIn: '1h' })
    if (step.do === 'reserve') return this.#holds.push(await credits.reserve({ holder, max: size, key, ttl: '15m' }))
    if (!('which' in step)) return
    const grant = this.#grants[step.which % this.#grants.length]
    if (step.do === 'refund') return grant && credits.reverse({ grant, amount: size, key, reason: 'refund' })
    const hold = this.#holds[step.which % this.#holds.length]
    if (step.do === 'spend') return hold?.spend(size, { key })
    if (step.do === 'settle') return hold?.settle(size, { key, absorb: true })
    return hold?.release({ key })
  }

  async #buy(size: number): Promise<void> {
    const payment = `pi_${newKey()}`
    const { credits, clock } = this.#ledger
    const checkout = {
      id: newId('checkout'),
      userId: this.#userId,
      stripeCustomerId: 'cus_1',
      pack: 'starter',
      name: 'Starter',
      credits: size,
      price: { amount: 500, currency: 'usd' },
      status: 'paid' as const,
      payment,
      paidAt: clock.now().toISOString(),
      refunded: 0,
      reversed: 0,
    }
    const { grant } = await credits.grant({
      holder: holderOf(this.#userId),
      amount: units(size),
      key: payment,
      source: { kind: 'purchase', payment },
      also: { writes: [insert(checkouts, checkout)] },
    })
    this.payments.push(payment)
    this.#grants.push(grant)
  }

  async #answer({ amount: max, slices, ended, over }: Extract<Step, { slices: unknown }>): Promise<void> {
    const { credits, store, clock } = this.#ledger
    const id = newId('answer')
    const now = () => clock.now().toISOString()
    const held = { max: units(max), key: holdKeyOf(id), ttl: '15m', overage: 'reject' } as const
    let hold = await credits.reserve({ holder: holderOf(this.#userId), ...held })
    const startedAt = now()
    let text = ''
    const refs = (piece: string) => ({ answer: id, text: String(text.length + piece.length) })
    for (const [cost, piece] of slices) {
      clock.advance('40ms')
      const write = insert(answerLog, {
        id: logId(id, text.length + piece.length),
        offset: text.length,
        end: text.length + piece.length,
        text: piece,
      })
      const due = Math.min(cost, hold.max - hold.spent)
      if (due === 0) await store.commit({ writes: [write] })
      else hold = (await hold.spend(units(due), { key: newKey(), refs: refs(piece), also: { writes: [write] } })).hold
      text += piece
    }
    clock.advance('40ms')
    const cost = units(over === 0 ? hold.spent : hold.max + over)
    if (ended) hold = (await hold.settle(cost, { key: newKey(), refs: refs(''), absorb: true })).hold
    const { spent } = hold
    const receiptId = ended && spent > 0 ? id.replace('answer_', 'receipt_') : null
    const endedAt = ended ? now() : null
    const outcome = 'complete' as const
    await store.collection(answers).insert({
      id,
      userId: this.#userId,
      key: id,
      inputHash: '',
      model: 'gpt-5-mini',
      price: PRICE,
      maxOutputTokens: 9,
      quoteMax: max,
      holdId: hold.id,
      requestId: null,
      stopping: false,
      preview: 'Why?',
      state: ended ? outcome : 'streaming',
      owner: 'owner_1',
      leaseUntil: startedAt,
      inputTokens: 1,
      outputTokens: 1,
      textLength: text.length,
      spent,
      startedAt,
      endedAt,
      receiptId,
      truncated: false,
      withheld: null,
      error: null,
    })
    if (receiptId !== null && endedAt !== null) {
      const tokens = { input: 1, cachedInput: 0, output: 1, reasoning: 0, source: 'counted' as const }
      const common = {
        model: 'gpt-5-mini',
        priceVersion: 'v1',
        tokens,
        absorbed: over,
        providerCost: null,
        truncated: false,
      }
      const receipt = {
        id: receiptId,
        answerId: id,
        userId: this.#userId,
        holdId: hold.id,
        spent,
        startedAt,
        endedAt,
        outcome,
      }
      await store.collection(receipts).insert({ ...common, ...receipt })
    }
    this.answers.set(id, { hold: hold.id, text })
  }
}
