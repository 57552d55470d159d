import { TillwireError } from '../../core/index.ts'
import { KeySpent, NothingHappened } from '../errors.ts'

/** A refusal that will not change. */
export class Refused extends TillwireError {
  static override readonly code = 'refused'
  constructor(what: string) {
    super(Refused.code, `${what} is refused.`, { details: { what } })
  }
}

/** Nobody knows whether it happened. */
export class Away extends TillwireError {
  static override readonly code = 'away'
  constructor() {
    super(Away.code, 'The outside is away.', { retryable: true })
  }
}

/**
 * How one request goes wrong: refused for good, or refused this time although it was granted before;
 * without an answer, before or after it had its effect; with a server error that is kept with its key; never sent, and
 * told so.
 */
export type Fault = 'refuse' | 'turn-away' | 'away-before' | 'away-after' | 'spent-before' | 'spent-after' | 'not-sent'

/** What meets the requests about one thing, in order. */
export interface Script {
  readonly make: readonly Fault[]
  readonly find: readonly Fault[]
  readonly remove: readonly Fault[]
  /** What is never answered once its faults are over. */
  readonly never: 'make' | 'remove' | null
}

export interface Thing {
  readonly name: string
  /** One more with each thing that was made. */
  readonly number: number
}

/** A request as it came. */
export interface Call {
  readonly act: 'make' | 'remove' | 'find'
  readonly name: string
  readonly key: string
  readonly request: object | null
  /** The number of the thing that it made or took away; null when it changed nothing. */
  effect: number | null
}

/** What a workflow's steps may ask of the outside. */
export interface Party {
  make(name: string, key: string, request?: object): Promise<Thing> | Thing
  remove(name: string, key?: string): Promise<void> | void
  find(name: string): Promise<Thing | null> | Thing | null
}

/**
 * Another party as a payment processor is one: it does a thing once a key, answers a repeated key
 * with the first answer, may fail before or after it has done something, and forgets keys.
 */
export class Outside implements Party {
  /** Every request, in order. */
  readonly calls: Call[] = []
  readonly #made: Thing[] = []
  #count = 0
  readonly #answers = new Map<string, Thing | 'spent' | 'refused'>()
  readonly #faults: Fault[] = []
  readonly #scripts = new Map<string, { make: Fault[]; find: Fault[]; remove: Fault[]; never: Script['never'] }>()

  /** What exists there now, by the name that was asked for. */
  get things(): string[] {
    return this.#made.map(({ name }) => name)
  }

  /** Every key that something was asked for with, in order. */
  get keys(): string[] {
    return this.calls.filter(({ act }) => act === 'make').map(({ key }) => key)
  }

  /** The next requests, about whatever thing, fail like this, one each. */
  fail(...faults: Fault[]): void {
    this.#faults.push(...faults)
  }

  /** The requests about one thing fail like this. */
  follow(name: string, { make, find, remove, never }: Script): void {
    this.#scripts.set(name, { make: [...make], find: [...find], remove: [...remove], never })
  }

  /** From now on nothing fails any more. */
  heal(): void {
    this.#faults.length = 0
    this.#scripts.clear()
  }

  forgetKeys(): void {
    this.#answers.clear()
  }

  make(name: string, key: string, request: object = { name }): Thing {
    const fault = this.#faultOf('make', name)
    if (fault === 'not-sent') throw new NothingHappened('it was not sent')
    const call = this.#receive('make', name, key, request)
    if (fault === 'away-before') throw new Away()
    const answer = this.#answers.get(key)
    if (answer === 'spent') throw new KeySpent(key)
    if (answer === 'refused') throw new Refused(name)
    if (answer) {
      if (fault === 'turn-away') throw new Refused(name)
      if (fault === 'away-after') throw new Away()
      return answer
    }
    if (fault === 'refuse' || fault === 'turn-away') {
      this.#answers.set(key, 'refused')
      throw new Refused(name)
    }
    if (fault === 'spent-before') return this.#spend(key)
    const thing = { name, number: ++this.#count }
    this.#made.push(thing)
    call.effect = thing.number
    if (fault === 'spent-after') return this.#spend(key)
    this.#answers.set(key, thing)
    if (fault === 'away-after') throw new Away()
    return thing
  }

  remove(name: string, key = ''): void {
    const call = this.#receive('remove', name, key)
    const fault = this.#faultOf('remove', name)
    if (fault && fault !== 'away-after') throw new Away()
    const at = this.#made.findIndex((thing) => thing.name === name)
    if (at >= 0) call.effect = this.#made.splice(at, 1)[0]?.number ?? null
    if (fault) throw new Away()
  }

  find(name: string): Thing | null {
    this.#receive('find', name, '')
    if (this.#scripts.get(name)?.find.shift()) throw new Away()
    return this.#made.find((thing) => thing.name === name) ?? null
  }

  #receive(act: Call['act'], name: string, key: string, request: object | null = null): Call {
    const call: Call = { act, name, key, request, effect: null }
    this.calls.push(call)
    return call
  }

  #faultOf(act: 'make' | 'remove', name: string): Fault | undefined {
    const script = this.#scripts.get(name)
    const never = script?.never === act ? 'away-before' : undefined
    return script?.[act].shift() ?? never ?? this.#faults.shift()
  }

  #spend(key: string): never {
    this.#answers.set(key, 'spent')
    throw new Away()
  }
}
