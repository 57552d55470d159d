import { type AnyCollection, type CollectionHandle, type Store, StoreUnavailable } from '../../store/index.ts'
import type { Party } from './outside.ts'
import { ProcessState } from './process-state.ts'

/**
 * What happens to a process at one of its acts, before the act or after it. `killed`: it does
 * nothing more. `cut-off`: from then on it cannot write. `asleep`: it does nothing until it is woken.
 */
export interface ProcessEnd {
  readonly how: 'killed' | 'cut-off' | 'asleep'
  readonly when: 'before' | 'after'
  readonly act: number
}

/**
 * Stands between a process's code and the world. Its acts are its writes to the store and its
 * requests to the outside; each is done after some turns of the event loop, so that several
 * processes meet in ever other ways.
 */
export class SimulatedProcess {
  readonly state = new ProcessState()
  readonly #end: ProcessEnd | null
  readonly #pace: readonly number[]
  #acts = 0
  #cutOff = false

  constructor(end: ProcessEnd | null, pace: readonly number[]) {
    this.#end = end
    this.#pace = pace
  }

  /** The store as this process reaches it. */
  storeOf(store: Store): Store {
    const collection = <C extends AnyCollection>(definition: C) => this.#handleOf(store.collection(definition))
    return {
      ...store,
      collection,
      setAside: (definition) => store.setAside(definition),
      commit: (commit) => this.#write(() => store.commit(commit)),
      // Once more before the commit: what the body has read may be old by then.
      transaction: (body, options) =>
        this.#write(() =>
          store.transaction(async (tx) => {
            const result = await body(tx)
            await this.#write(async () => {})
            return result
          }, options),
        ),
    }
  }

  /** The outside as this process reaches it. */
  partyOf(party: Party): Party {
    return {
      make: (...request) => this.#act(async () => party.make(...request)),
      remove: (...request) => this.#act(async () => party.remove(...request)),
      find: (name) => this.#act(async () => party.find(name)),
    }
  }

  #handleOf<C extends AnyCollection>(handle: CollectionHandle<C>): CollectionHandle<C> {
    return {
      ...handle,
      get: (id) => this.#read(() => handle.get(id)),
      find: (options) => this.#read(() => handle.find(options)),
      findOne: (where) => this.#read(() => handle.findOne(where)),
      insert: (document) => this.#write(() => handle.insert(document)),
      update: (...change) => this.#write(() => handle.update(...change)),
    }
  }

  async #read<T>(read: () => Promise<T>): Promise<T> {
    await this.state.going()
    const found = await read()
    await this.state.going()
    return found
  }

  #write<T>(write: () => Promise<T>): Promise<T> {
    return this.#act(write, () => {
      if (this.#cutOff) throw new StoreUnavailable('this process is cut off')
    })
  }

  async #act<T>(work: () => Promise<T>, check = () => {}): Promise<T> {
    const act = ++this.#acts
    for (let turns = this.#pace[act % this.#pace.length] ?? 0; turns > 0; turns--) await nextTurn()
    await this.state.going()
    const end = this.#end?.act === act ? this.#end : null
    if (end?.when === 'before') await this.#meet(end)
    check()
    const [outcome] = await Promise.allSettled([work()])
    if (end?.when === 'after') await this.#meet(end)
    await this.state.going()
    check()
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  }

  async #meet({ how }: ProcessEnd): Promise<void> {
    if (how === 'cut-off') this.#cutOff = true
    else this.state.halt(how)
    await this.state.going()
  }
}

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
