import assert from 'node:assert/strict'
import fc from 'fast-check'
import { isTillwireError, type Microcredits, manualClock } from '../../core/index.ts'
import { openStore, type Store } from '../../store/index.ts'
import { type Credits, creditsCollections, type Hold, type HoldResult, holderOf, openCredits } from '../index.ts'
import { type HoldView, type NaiveCommand, NaiveLedger, type Outcome } from './naive-ledger.ts'
import { interleaving } from './planted.ts'

const HOLDERS = ['ada', 'grace']

/** Chosen by chance; what it refers to is resolved when it is its turn. */
interface Draw {
  kind: NaiveCommand['kind']
  pick: number
  amount: number
  minutes: number
  flag: boolean
  /** Through which of the two ledgers. */
  other: boolean
}
export type Step =
  | { do: 'one'; draw: Draw }
  | { do: 'replay'; draw: Draw }
  | { do: 'reuse key'; draw: Draw }
  | { do: 'batch'; draws: Draw[] }
  | { do: 'race'; draws: Draw[] }
  | { do: 'advance'; minutes: number }
  | { do: 'expire' }
interface Call {
  command: NaiveCommand
  key: string
  name: string
}

const draw: fc.Arbitrary<Draw> = fc.record({
  kind: fc.constantFrom(
    'grant',
    'reserve',
    'reserve',
    'spend',
    'hold-spend',
    'hold-spend',
    'extend',
    'settle',
    'release',
    'reverse',
    'reverse',
    'restore',
    'correct',
  ),
  pick: fc.nat(1000),
  amount: fc.integer({ min: 1, max: 20 }),
  minutes: fc.integer({ min: 0, max: 5 }),
  flag: fc.boolean(),
  other: fc.boolean(),
})
const draws = fc.array(draw, { minLength: 2, maxLength: 6 })

export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 10, arbitrary: fc.record({ do: fc.constant('one' as const), draw }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('replay' as const), draw }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('reuse key' as const), draw }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('batch' as const), draws }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('race' as const), draws }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('advance' as const), minutes: fc.integer({ min: 1, max: 3 }) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const) }) },
  ),
  { minLength: 10, maxLength: 40 },
)

/** Plays the steps on the ledger and on the naive one, and compares all that can be seen after each. */
export async function play(played: readonly Step[], plant: (store: Store) => Store = (store) => store): Promise<void> {
  const clock = manualClock()
  await using opened = await openStore({ url: 'memory:', collections: creditsCollections, clock })
  const store = interleaving(plant(opened))
  const world = new World(openCredits({ store, clock }), openCredits({ store, clock }), clock)
  await world.give()
  for (const step of played) {
    await world.take(step)
    await world.compare()
  }
}

class World {
  readonly #credits: Credits
  readonly #other: Credits
  readonly #clock: ReturnType<typeof manualClock>
  readonly #naive = new NaiveLedger()
  readonly #calls: Call[] = []
  readonly #grantIds = new Map<string, string>()
  readonly #holds = new Map<string, Hold>()

  constructor(credits: Credits, other: Credits, clock: ReturnType<typeof manualClock>) {
    this.#credits = credits
    this.#other = other
    this.#clock = clock
  }

  /** Something to begin with. */
  async give(): Promise<void> {
    for (const holder of HOLDERS)
      await this.#both(this.#newCall({ kind: 'grant', holder, amount: 15, minutes: null, priority: 1, payment: null }))
  }

  async take(step: Step): Promise<void> {
    if (step.do === 'advance') this.#clock.advance(`${step.minutes}m`)
    else if (step.do === 'expire') await this.#credits.expireDue()
    else if (step.do === 'one') await this.#both(this.#newCall(this.#resolve(step.draw)), step.draw.other)
    else if (step.do === 'replay') await this.#both(this.#earlier(step.draw))
    else if (step.do === 'reuse key')
      await this.#both(this.#newCall(this.#resolve(step.draw), this.#earlier(step.draw).key))
    else if (step.do === 'batch') await this.#batch(step.draws)
    else if (step.do === 'race') await this.#race(step.draws)
  }

  async compare(): Promise<void> {
    this.#naive.passTime(this.#clock.now().getTime())
    for (const holder of HOLDERS) {
      const balance = await this.#credits.balance(holderOf(holder))
      const { available, held, debt } = balance
      assert.deepEqual({ available, held, debt }, this.#naive.sums(holder))
      const left = Object.fromEntries(balance.grants.map((grant) => [this.#nameOf(grant.id), grant.left]))
      assert.deepEqual(left, this.#naive.left(holder))
    }
    for (const [name, { id }] of this.#holds) {
      const hold = await this.#credits.getHold(id)
      assert.ok(hold)
      assert.deepEqual(viewOf(hold), this.#naive.holdView(name))
      const used = Object.fromEntries(hold.used.map(({ grant, amount }) => [this.#nameOf(grant), amount]))
      assert.deepEqual(used, this.#naive.usedBy(name))
    }
    assert.deepEqual((await this.#credits.check()).problems, [])
  }

  /** Several at once through one ledger: decided in the order in which they came, one of them twice. */
  async #batch(draws: readonly Draw[]): Promise<void> {
    const calls = draws.map((draw) => this.#newCall(this.#resolve({ ...draw, kind: atOnce(draw.kind) })))
    const [first] = calls
    if (first) calls.push(first)
    const outcomes = await Promise.all(calls.map((call) => this.#real(call, this.#credits)))
    for (const [index, call] of calls.entries()) assert.deepEqual(outcomes[index], this.#model(call))
  }

  /** Two ledgers on one store, as two processes are: whoever was first, the entries tell. */
  async #race(draws: readonly Draw[]): Promise<void> {
    const holder = HOLDERS[(draws[0]?.pick ?? 0) % HOLDERS.length]!
    const calls = draws.map(({ amount, flag }) =>
      this.#newCall({ kind: 'reserve', holder, max: amount, minutes: 5, upTo: flag }),
    )
    const outcomes = await Promise.all(
      calls.map((call, index) => this.#real(call, index % 2 ? this.#credits : this.#other)),
    )
    const { items } = await this.#credits.entries(holderOf(holder), { limit: draws.length })
    const order = items.map(({ key }) => key).reverse()
    const turn = (index: number) => ('error' in outcomes[index]! ? order.length : order.indexOf(calls[index]!.key))
    for (const index of [...calls.keys()].sort((a, b) => turn(a) - turn(b)))
      assert.deepEqual(outcomes[index], this.#model(calls[index]!))
  }

  async #both(call: Call, other = false): Promise<void> {
    const outcome = await this.#real(call, other ? this.#other : this.#credits)
    assert.deepEqual(outcome, this.#model(call))
  }

  #model({ command, key, name }: Call): Outcome {
    return this.#naive.run(command, key, name, this.#clock.now().getTime())
  }

  async #real({ command, key, name }: Call, credits: Credits): Promise<Outcome> {
    try {
      return await this.#run(command, key, name, credits)
    } catch (error) {
      if (!isTillwireError(error) || error.code === 'internal') throw error
      return { error: error.code }
    }
  }

  async #run(command: NaiveCommand, key: string, name: string, credits: Credits): Promise<Outcome> {
    if (command.kind === 'grant') {
      const { payment, priority, minutes } = command
      const given = await credits.grant({
        holder: holderOf(command.holder),
        amount: units(command.amount),
        key,
        source: payment === null ? { kind: 'manual' } : { kind: 'purchase', payment },
        priority,
        ...(minutes === null ? {} : { expiresIn: `${minutes}m` as const }),
      })
      if (!given.replayed) this.#grantIds.set(name, given.grant)
      return { hold: null }
    }
    if (command.kind === 'reserve') {
      const overage = command.upTo ? 'up-to-available' : 'reject'
      const holder = holderOf(command.holder)
      const hold = await credits.reserve({ holder, max: units(command.max), key, ttl: `${command.minutes}m`, overage })
      const isKnown = [...this.#holds.values()].some(({ id }) => id === hold.id)
      if (!isKnown) this.#holds.set(name, (await this.#credits.getHold(hold.id))!)
      return { hold: viewOf(hold) }
    }
    if (command.kind === 'spend') {
      await credits.spend({ holder: holderOf(command.holder), amount: units(command.amount), key })
      return { hold: null }
    }
    if (command.kind === 'correct') {
      const { amount, allowDebt } = command
      const request = { holder: holderOf(command.holder), amount: units(amount), key, reason: 'a mistake', allowDebt }
      const corrected = await credits.correct(request)
      if (corrected.grant && !corrected.replayed) this.#grantIds.set(name, corrected.grant)
      return { hold: null }
    }
    if (command.kind === 'reverse' || command.kind === 'restore') {
      const grant = this.#grantIds.get(command.grant)!
      await credits[command.kind]({ grant, amount: units(command.amount), key, reason: 'refund' })
      return { hold: null }
    }
    const own = this.#holds.get(command.hold)!
    const held = credits === this.#credits ? own : (await credits.getHold(own.id))!
    const { hold, balance } = await moveHold(held, command, key)
    assert.ok(balance.available >= 0 && balance.held >= 0 && balance.debt >= 0)
    return { hold: viewOf(hold) }
  }

  #newCall(command: NaiveCommand, key = `key-${this.#calls.length}`): Call {
    const call = { command, key, name: `${command.kind}-${this.#calls.length}` }
    this.#calls.push(call)
    return call
  }

  #earlier({ pick }: Draw): Call {
    return this.#calls[pick % this.#calls.length]!
  }

  /** Turns a draw into a command on what there is; without any hold or grant to refer to, into a reserve. */
  #resolve({ kind, pick, amount, minutes, flag }: Draw): NaiveCommand {
    const holder = HOLDERS[pick % HOLDERS.length]!
    const holdNames = [...this.#holds.keys()]
    const hold = holdNames[pick % holdNames.length]
    const grantNames = [...this.#grantIds.keys()]
    if (kind === 'grant') {
      const payment = pick % 3 === 0 ? `pi_${pick % 7}` : null
      return { kind, holder, amount, minutes: flag ? minutes : null, priority: pick % 3, payment }
    }
    if (kind === 'spend') return { kind, holder, amount }
    if (kind === 'reverse' || kind === 'restore') return { kind, grant: grantNames[pick % grantNames.length]!, amount }
    if (kind === 'correct') return { kind, holder, amount: pick % 2 ? amount : -amount, allowDebt: flag }
    if (kind === 'reserve' || hold === undefined)
      return { kind: 'reserve', holder, max: amount, minutes: minutes + 1, upTo: flag }
    if (kind === 'hold-spend') return { kind, hold, amount: Math.ceil(amount / 2) }
    if (kind === 'extend')
      return flag
        ? { kind, hold, more: 0, minutes: minutes + 1, upTo: false }
        : { kind, hold, more: amount, minutes: minutes || null, upTo: pick % 2 === 0 }
    if (kind === 'settle') return { kind, hold, actual: amount, absorb: flag }
    return { kind: 'release', hold }
  }

  #nameOf(grantId: string): string {
    return [...this.#grantIds].find(([, id]) => id === grantId)?.[0] ?? grantId
  }
}

function moveHold(hold: Hold, command: Extract<NaiveCommand, { hold: string }>, key: string): Promise<HoldResult> {
  if (command.kind === 'hold-spend') return hold.spend(units(command.amount), { key })
  if (command.kind === 'settle') return hold.settle(units(command.actual), { key, absorb: command.absorb })
  if (command.kind === 'release') return hold.release({ key })
  return hold.extend({
    key,
    overage: command.upTo ? 'up-to-available' : 'reject',
    ...(command.more === 0 ? {} : { more: units(command.more) }),
    ...(command.minutes === null ? {} : { ttl: `${command.minutes}m` as const }),
  })
}

function viewOf({ status, max, spent }: Hold): HoldView {
  return { status, max, spent }
}

/** What awaits nothing before it joins its group. */
function atOnce(kind: Draw['kind']): Draw['kind'] {
  return kind === 'reverse' || kind === 'restore' ? 'spend' : kind
}

function units(amount: number): Microcredits {
  return amount as Microcredits
}
