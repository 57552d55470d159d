import { setTimeout as delay } from 'node:timers/promises'
import type {
  AnswerTo,
  Driver,
  FeedBounds,
  SchemaRecord,
  StoredChange,
  StoredCommit,
  StoredRead,
  TableSpec,
} from '../driver.ts'
import { StoreUnavailable } from '../errors.ts'

/** How often, of a hundred calls, an answer is late, and how often it is lost, before or after the work was done. */
export interface Unsteadiness {
  readonly late: number
  readonly lost: number
}

/** What an engine at the other end of a connection does: it answers late, calls overtake one another, and answers get lost. */
export class UnsteadyDriver implements Driver {
  readonly id: string
  readonly #driver: Driver
  readonly #unsteadiness: Unsteadiness
  /** Methods that do not answer at all, or fail without having done anything, until they are taken out. */
  readonly silent = new Set<keyof Driver>()
  readonly failing = new Set<keyof Driver>()
  /** Answers that are lost next, in this order. */
  readonly losing: { readonly method: keyof Driver; readonly when: 'before' | 'after' }[] = []
  /** Calls that failed, and that were not answered, on purpose. */
  failed = 0
  silenced = 0
  /** Commits that were done and whose answer was lost. */
  lostCommits = 0

  constructor(driver: Driver, unsteadiness: Unsteadiness = { late: 30, lost: 8 }) {
    this.id = driver.id
    this.#driver = driver
    this.#unsteadiness = unsteadiness
  }

  judgeTables(tables: readonly TableSpec[]): Promise<void> {
    return this.#over('judgeTables', () => this.#driver.judgeTables(tables))
  }

  ensureTables(tables: readonly TableSpec[]): Promise<void> {
    return this.#over('ensureTables', () => this.#driver.ensureTables(tables))
  }

  ensureIndexes(tables: readonly TableSpec[]): Promise<void> {
    return this.#over('ensureIndexes', () => this.#driver.ensureIndexes(tables))
  }

  schemaRecords(): Promise<ReadonlyMap<string, SchemaRecord>> {
    return this.#over('schemaRecords', () => this.#driver.schemaRecords())
  }

  recordSchema(table: string, record: SchemaRecord): Promise<void> {
    return this.#over('recordSchema', () => this.#driver.recordSchema(table, record))
  }

  hasTable(name: string): boolean {
    return this.#driver.hasTable(name)
  }

  read<R extends readonly StoredRead[]>(...reads: R): Promise<{ -readonly [K in keyof R]: AnswerTo<R[K]> }> {
    return this.#over('read', () => this.#driver.read(...reads))
  }

  commit(commit: StoredCommit): Promise<void> {
    return this.#over('commit', () => this.#driver.commit(commit))
  }

  head(): Promise<number> {
    return this.#over('head', () => this.#driver.head())
  }

  changes(
    table: string,
    after: number,
    limit: number,
    wanted?: (id: string) => boolean,
  ): Promise<{ changes: StoredChange[]; upTo: number }> {
    return this.#over('changes', () => this.#driver.changes(table, after, limit, wanted))
  }

  tookPlace(id: string): Promise<boolean> {
    return this.#over('tookPlace', () => this.#driver.tookPlace(id))
  }

  trim(bounds: FeedBounds): Promise<boolean> {
    return this.#over('trim', () => this.#driver.trim(bounds))
  }

  onChange(listener: () => void): () => void {
    return this.#driver.onChange(listener)
  }

  verify(): Promise<string[]> {
    return this.#over('verify', () => this.#driver.verify())
  }

  close(): Promise<void> {
    return this.#driver.close()
  }

  async #over<T>(method: keyof Driver, work: () => Promise<T>): Promise<T> {
    if (this.silent.has(method)) {
      this.silenced++
      await new Promise(() => {})
    }
    if (this.failing.has(method)) {
      this.failed++
      throw new StoreUnavailable('it is failing on purpose')
    }
    const planned = this.losing[0]?.method === method ? this.losing.shift()?.when : undefined
    await this.#late()
    if (planned === undefined ? this.#happens(this.#unsteadiness.lost / 2) : planned === 'before')
      throw connectionLost()
    const answer = await work()
    await this.#late()
    if (planned === 'after' || this.#happens(this.#unsteadiness.lost / 2)) {
      if (method === 'commit') this.lostCommits++
      throw connectionLost()
    }
    return answer
  }

  async #late(): Promise<void> {
    if (this.#happens(this.#unsteadiness.late)) await delay(Math.random() * 3)
  }

  #happens(times: number): boolean {
    return Math.random() * 100 < times
  }
}

function connectionLost(): StoreUnavailable {
  return new StoreUnavailable('the connection was lost', { lost: true })
}
