/**
 * The rules of the ledger, written down as plainly as possible and sharing nothing with it: every
 * microcredit is an object, and every rule looks at all of them. Names stand for ids.
 */
type Unit = { state: 'free' | 'held' | 'spent' | 'expired' | 'reversed'; grant: NaiveGrant }
interface NaiveGrant {
  name: string
  holder: string
  units: Unit[]
  priority: number
  /** Milliseconds; Infinity: never. */
  end: number
  age: number
  asked: number
  repaid: number
}
interface NaiveHold {
  name: string
  holder: string
  status: 'open' | 'settled' | 'released' | 'expired'
  end: number
  /** In the order in which they are spent. */
  units: Unit[]
}
export interface Sums {
  available: number
  held: number
  debt: number
}
/** An error code, or what the command did to a hold. */
export type Outcome = { error: string } | { hold: HoldView | null }
export interface HoldView {
  status: NaiveHold['status']
  max: number
  spent: number
}

export type NaiveCommand =
  | { kind: 'grant'; holder: string; amount: number; minutes: number | null; priority: number; payment: string | null }
  | { kind: 'reserve'; holder: string; max: number; minutes: number; upTo: boolean }
  | { kind: 'spend'; holder: string; amount: number }
  | { kind: 'hold-spend'; hold: string; amount: number }
  | { kind: 'extend'; hold: string; more: number; minutes: number | null; upTo: boolean }
  | { kind: 'settle'; hold: string; actual: number; absorb: boolean }
  | { kind: 'release'; hold: string }
  | { kind: 'reverse'; grant: string; amount: number }

const MINUTE = 60_000

export class NaiveLedger {
  readonly grants: NaiveGrant[] = []
  readonly holds: NaiveHold[] = []
  readonly #payments = new Set<string>()
  readonly #used = new Map<string, { input: string; outcome: Outcome }>()

  /** `name` is what a grant or hold that the command makes is called from now on. */
  run(command: NaiveCommand, key: string, name: string, now: number): Outcome {
    const holder = this.#holderOf(command)
    if (holder === null) return { error: 'not_found' }
    const operation = command.kind === 'hold-spend' ? 'spend' : command.kind
    const used = this.#used.get(`${operation} ${holder} ${key}`)
    if (used) return used.input === JSON.stringify(command) ? used.outcome : { error: 'idempotency_conflict' }
    this.passTime(now)
    const error = this.#refusal(command, holder)
    if (error) return { error }
    const hold = this.#move(command, name, now)
    this.passTime(now)
    const outcome = { hold: hold && view(hold) }
    this.#used.set(`${operation} ${holder} ${key}`, { input: JSON.stringify(command), outcome })
    return outcome
  }

  passTime(now: number): void {
    for (const hold of this.holds) {
      if (hold.status === 'open' && hold.end <= now) this.#end(hold, 'expired')
    }
    for (const grant of this.grants) {
      const free = grant.units.filter((unit) => unit.state === 'free')
      const gone = grant.units.filter((unit) => unit.state === 'expired')
      const reversed = count(grant, 'reversed')
      const wanted = Math.min(grant.asked, grant.units.length - count(grant, 'spent')) - reversed
      for (const unit of [...free, ...gone].slice(0, Math.max(0, wanted))) unit.state = 'reversed'
      if (grant.end <= now) for (const unit of grant.units) if (unit.state === 'free') unit.state = 'expired'
    }
  }

  sums(holder: string): Sums {
    const grants = this.grants.filter((grant) => grant.holder === holder)
    const sum = (of: (grant: NaiveGrant) => number) => grants.reduce((total, grant) => total + of(grant), 0)
    return {
      available: sum((grant) => count(grant, 'free')),
      held: sum((grant) => count(grant, 'held')),
      debt: sum((grant) => Math.max(0, grant.asked + count(grant, 'spent') - grant.units.length) - grant.repaid),
    }
  }

  holdView(name: string): HoldView | null {
    const hold = this.holds.find((one) => one.name === name)
    return hold ? view(hold) : null
  }

  /** What each grant has paid of a hold. */
  usedBy(name: string): Record<string, number> {
    const used: Record<string, number> = {}
    for (const { state, grant } of this.holds.find((one) => one.name === name)?.units ?? [])
      if (state === 'spent') used[grant.name] = (used[grant.name] ?? 0) + 1
    return used
  }

  /** What each grant has left, free and held, leaving out those with nothing. */
  left(holder: string): Record<string, number> {
    const left = this.grants
      .filter((grant) => grant.holder === holder)
      .map((grant) => [grant.name, count(grant, 'free') + count(grant, 'held')] as const)
    return Object.fromEntries(left.filter(([, amount]) => amount > 0))
  }

  #holderOf(command: NaiveCommand): string | null {
    if ('holder' in command) return command.holder
    if ('hold' in command) return this.holds.find(({ name }) => name === command.hold)?.holder ?? null
    return this.grants.find(({ name }) => name === command.grant)?.holder ?? null
  }

  #refusal(command: NaiveCommand, holder: string): string | null {
    const { available, debt } = this.sums(holder)
    const outOf = (wanted: number, upTo: boolean) => {
      if (debt > 0) return 'debt_outstanding'
      if (available === 0) return 'out_of_credits'
      return available < wanted && !upTo ? 'out_of_credits' : null
    }
    if (command.kind === 'grant') {
      const taken = this.#payments.has(command.payment ?? '')
      return taken ? 'payment_already_funded' : null
    }
    if (command.kind === 'reserve') return outOf(command.max, command.upTo)
    if (command.kind === 'spend') return outOf(command.amount, false)
    if (command.kind === 'reverse') {
      const grant = this.#grant(command.grant)
      return grant.asked + command.amount > grant.units.length ? 'reversal_exceeds_grant' : null
    }
    const hold = this.#hold(command.hold)
    const { max, spent } = view(hold)
    if (hold.status !== 'open') return 'hold_ended'
    if (command.kind === 'extend') return command.more > 0 ? outOf(command.more, command.upTo) : null
    if (command.kind === 'hold-spend') return spent + command.amount > max ? 'hold_exceeded' : null
    if (command.kind === 'settle') {
      if (command.actual < spent) return 'settle_below_spent'
      return command.actual > max && !command.absorb ? 'hold_exceeded' : null
    }
    return null
  }

  #move(command: NaiveCommand, name: string, now: number): NaiveHold | null {
    if (command.kind === 'grant') {
      this.#give(command, name, now)
      return null
    }
    if (command.kind === 'spend') {
      for (const unit of this.#take(command.holder, command.amount)) unit.state = 'spent'
      return null
    }
    if (command.kind === 'reverse') {
      this.#grant(command.grant).asked += command.amount
      return null
    }
    if (command.kind === 'reserve') {
      const end = now + command.minutes * MINUTE
      const hold: NaiveHold = { name, holder: command.holder, status: 'open', end, units: [] }
      this.holds.push(hold)
      this.#setAside(hold, command.max)
      return hold
    }
    const hold = this.#hold(command.hold)
    if (command.kind === 'extend') {
      this.#setAside(hold, command.more)
      if (command.minutes !== null) hold.end = now + command.minutes * MINUTE
    }
    if (command.kind === 'hold-spend') spend(hold, command.amount)
    if (command.kind === 'settle') {
      spend(hold, Math.min(command.actual, hold.units.length) - view(hold).spent)
      this.#end(hold, 'settled')
    }
    if (command.kind === 'release') this.#end(hold, 'released')
    return hold
  }

  #give(command: NaiveCommand & { kind: 'grant' }, name: string, now: number): void {
    const { holder, priority, minutes, payment } = command
    const end = minutes === null ? Number.POSITIVE_INFINITY : now + minutes * MINUTE
    const owed = this.sums(holder).debt
    const grant: NaiveGrant = { name, holder, units: [], priority, end, age: this.grants.length, asked: 0, repaid: 0 }
    for (let index = 0; index < command.amount; index++) grant.units.push({ state: 'free', grant })
    this.grants.push(grant)
    for (const unit of grant.units.slice(0, owed)) unit.state = 'spent'
    grant.repaid = count(grant, 'spent')
    if (payment !== null) this.#payments.add(payment)
  }

  /** The free units that are used next. */
  #take(holder: string, amount: number): Unit[] {
    return this.grants
      .filter((grant) => grant.holder === holder)
      .sort((a, b) => a.priority - b.priority || (a.end < b.end ? -1 : a.end > b.end ? 1 : a.age - b.age))
      .flatMap((grant) => grant.units.filter((unit) => unit.state === 'free'))
      .slice(0, amount)
  }

  #setAside(hold: NaiveHold, amount: number): void {
    for (const unit of this.#take(hold.holder, amount)) {
      unit.state = 'held'
      hold.units.push(unit)
    }
  }

  #end(hold: NaiveHold, status: NaiveHold['status']): void {
    hold.status = status
    for (const unit of hold.units) if (unit.state === 'held') unit.state = 'free'
    // Which units were held is over; which were spent stays.
    hold.units = hold.units.map((unit) => (unit.state === 'spent' ? unit : { ...unit, state: 'expired' }))
  }

  #grant(name: string): NaiveGrant {
    return this.grants.find((grant) => grant.name === name)!
  }

  #hold(name: string): NaiveHold {
    return this.holds.find((hold) => hold.name === name)!
  }
}

function spend(hold: NaiveHold, amount: number): void {
  for (const unit of hold.units.filter(({ state }) => state === 'held').slice(0, amount)) unit.state = 'spent'
}

function view(hold: NaiveHold): HoldView {
  return { status: hold.status, max: hold.units.length, spent: hold.units.filter((u) => u.state === 'spent').length }
}

function count(grant: NaiveGrant, state: Unit['state']): number {
  return grant.units.filter((unit) => unit.state === state).length
}
