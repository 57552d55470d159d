/**
 * The rules of the ledger, written down as plainly as possible and sharing nothing with it: every
 * microcredit is an object, and every rule looks at all of them. Names stand for ids.
 */
type Unit = {
  state: 'free' | 'held' | 'spent' | 'expired' | 'reversed'
  grant: NaiveGrant
  /** Of one that is reversed: it had been spent. */
  owed: boolean
}
interface NaiveGrant {
  name: string
  holder: string
  units: Unit[]
  priority: number
  /** Milliseconds; Infinity: never. */
  end: number
  /** Something came back after the end, which has none. */
  revived: boolean
  age: number
  asked: number
}
interface NaiveHold {
  name: string
  holder: string
  status: 'open' | 'settled' | 'released' | 'expired'
  end: number
  /** In the order in which they are spent; so many of them are. */
  units: Unit[]
  spent: number
  /** When its end was set, among all times that one was. */
  placed: number
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
  | { kind: 'restore'; grant: string; amount: number }
  | { kind: 'correct'; holder: string; amount: number; allowDebt: boolean }

const MINUTE = 60_000

export class NaiveLedger {
  readonly grants: NaiveGrant[] = []
  readonly holds: NaiveHold[] = []
  readonly #debts = new Map<string, number>()
  #placed = 0
  readonly #payments = new Set<string>()
  readonly #used = new Map<string, { input: string; outcome: Outcome }>()

  /** `name` is what a grant or hold that the command makes is called from now on. */
  run(command: NaiveCommand, key: string, name: string, now: number): Outcome {
    const holder = this.#holderOf(command)
    if (holder === null) return { error: 'not_found' }
    // No end at all is no grant that could be asked for, whatever its key.
    if (command.kind === 'grant' && command.minutes === 0) return { error: 'invalid_command' }
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

  /** Holds come back one after the other: what comes first pays debt first. */
  passTime(now: number): void {
    const due = this.holds.filter(({ status, end }) => status === 'open' && end <= now)
    for (const hold of due.sort((a, b) => a.end - b.end || a.placed - b.placed)) {
      this.#end(hold, 'expired')
      this.#putRight(now)
    }
    this.#putRight(now)
  }

  #putRight(now: number): void {
    for (const grant of this.grants) {
      this.#takeBack(grant)
      if (endOf(grant) <= now) for (const unit of inState(grant, 'free')) unit.state = 'expired'
    }
    for (const holder of this.#debts.keys()) this.#payDebt(holder)
  }

  sums(holder: string): Sums {
    const grants = this.grants.filter((grant) => grant.holder === holder)
    const sum = (of: (grant: NaiveGrant) => number) => grants.reduce((total, grant) => total + of(grant), 0)
    return {
      available: sum((grant) => count(grant, 'free')),
      held: sum((grant) => count(grant, 'held')),
      debt: this.#debts.get(holder) ?? 0,
    }
  }

  holdView(name: string): HoldView | null {
    const hold = this.holds.find((one) => one.name === name)
    return hold ? view(hold) : null
  }

  /** What each grant has paid of a hold. */
  usedBy(name: string): Record<string, number> {
    const used: Record<string, number> = {}
    const { units, spent } = this.#hold(name)
    for (const { grant } of units.slice(0, spent)) used[grant.name] = (used[grant.name] ?? 0) + 1
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
    if (command.kind === 'correct')
      return command.allowDebt || command.amount + available >= 0 ? null : 'out_of_credits'
    if (command.kind === 'reverse') {
      const grant = this.#grant(command.grant)
      return grant.asked + command.amount > grant.units.length ? 'reversal_exceeds_grant' : null
    }
    if (command.kind === 'restore')
      return command.amount > this.#grant(command.grant).asked ? 'restore_exceeds_reversed' : null
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
    if (command.kind === 'correct') {
      const { holder, amount } = command
      if (amount > 0) this.#give({ holder, amount, minutes: null, priority: 100, payment: null }, name, now)
      const taken = this.#take(holder, Math.max(0, -amount))
      for (const unit of taken) unit.state = 'spent'
      this.#owe(holder, Math.max(0, -amount - taken.length))
      return null
    }
    if (command.kind === 'reverse') {
      this.#grant(command.grant).asked += command.amount
      return null
    }
    if (command.kind === 'restore') {
      this.#giveBack(this.#grant(command.grant), command.amount, now)
      return null
    }
    if (command.kind === 'reserve') {
      const end = now + command.minutes * MINUTE
      const hold: NaiveHold = {
        name,
        holder: command.holder,
        status: 'open',
        end,
        units: [],
        spent: 0,
        placed: this.#placed++,
      }
      this.holds.push(hold)
      this.#setAside(hold, command.max)
      return hold
    }
    const hold = this.#hold(command.hold)
    if (command.kind === 'extend') {
      this.#setAside(hold, command.more)
      if (command.minutes !== null) hold.end = now + command.minutes * MINUTE
      hold.placed = this.#placed++
    }
    if (command.kind === 'hold-spend') spend(hold, command.amount)
    if (command.kind === 'settle') {
      spend(hold, Math.min(command.actual, hold.units.length) - hold.spent)
      this.#end(hold, 'settled')
    }
    if (command.kind === 'release') this.#end(hold, 'released')
    return hold
  }

  #give(command: Omit<NaiveCommand & { kind: 'grant' }, 'kind'>, name: string, now: number): void {
    const { holder, priority, minutes, payment } = command
    const end = minutes === null ? Number.POSITIVE_INFINITY : now + minutes * MINUTE
    const grant: NaiveGrant = {
      name,
      holder,
      units: [],
      priority,
      end,
      revived: false,
      age: this.grants.length,
      asked: 0,
    }
    for (let index = 0; index < command.amount; index++) grant.units.push({ state: 'free', grant, owed: false })
    this.grants.push(grant)
    if (payment !== null) this.#payments.add(payment)
  }

  /** What is asked back and was not taken yet: what is free, what has ended, and of what is not held what was spent. */
  #takeBack(grant: NaiveGrant): void {
    const wanted = () => grant.asked - count(grant, 'reversed')
    for (const unit of [...inState(grant, 'free'), ...inState(grant, 'expired')].slice(0, wanted()))
      unit.state = 'reversed'
    for (const unit of inState(grant, 'spent').slice(0, Math.max(0, wanted() - count(grant, 'held')))) {
      unit.state = 'reversed'
      unit.owed = true
      this.#owe(grant.holder, 1)
    }
  }

  /** What is owed for it, then what waits for holds, then what had been spent, then the rest, which may have ended. */
  #giveBack(grant: NaiveGrant, amount: number, now: number): void {
    const reversed = inState(grant, 'reversed')
    const owed = reversed.filter((unit) => unit.owed)
    const unpaid = Math.min(owed.length, this.sums(grant.holder).debt, amount)
    const waiting = Math.min(grant.asked - reversed.length, amount - unpaid)
    const spent = owed.slice(0, amount - waiting)
    const rest = reversed.filter((unit) => !unit.owed).slice(0, amount - waiting - spent.length)
    grant.asked -= amount
    for (const unit of rest) unit.state = grant.end <= now ? 'expired' : 'free'
    for (const unit of spent) Object.assign(unit, { state: 'free', owed: false })
    if (grant.end <= now && spent.length > 0) grant.revived = true
    this.#payDebt(grant.holder)
  }

  #owe(holder: string, amount: number): void {
    this.#debts.set(holder, (this.#debts.get(holder) ?? 0) + amount)
  }

  #payDebt(holder: string): void {
    const paid = this.#take(holder, this.#debts.get(holder) ?? 0)
    for (const unit of paid) unit.state = 'spent'
    this.#owe(holder, -paid.length)
  }

  /** The free units that are used next. */
  #take(holder: string, amount: number): Unit[] {
    return this.grants
      .filter((grant) => grant.holder === holder)
      .sort((a, b) => a.priority - b.priority || (endOf(a) < endOf(b) ? -1 : endOf(a) > endOf(b) ? 1 : a.age - b.age))
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
    for (const unit of hold.units.slice(hold.spent)) unit.state = 'free'
  }

  #grant(name: string): NaiveGrant {
    return this.grants.find((grant) => grant.name === name)!
  }

  #hold(name: string): NaiveHold {
    return this.holds.find((hold) => hold.name === name)!
  }
}

function spend(hold: NaiveHold, amount: number): void {
  for (const unit of hold.units.slice(hold.spent, hold.spent + amount)) unit.state = 'spent'
  hold.spent += amount
}

function view(hold: NaiveHold): HoldView {
  return { status: hold.status, max: hold.units.length, spent: hold.spent }
}

function count(grant: NaiveGrant, state: Unit['state']): number {
  return inState(grant, state).length
}

function inState(grant: NaiveGrant, state: Unit['state']): Unit[] {
  return grant.units.filter((unit) => unit.state === state)
}

function endOf({ end, revived }: NaiveGrant): number {
  return revived ? Number.POSITIVE_INFINITY : end
}
