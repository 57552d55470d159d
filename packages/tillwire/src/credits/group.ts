import { setTimeout as delay } from 'node:timers/promises'
import { backoffDelay, type Clock, isTillwireError, type Logger } from '../core/index.ts'
import { type CommitPlace, type Store, StoreUnavailable, UniqueViolation } from '../store/index.ts'
import type { Command } from './command.ts'
import { CreditsClosed, LedgerBusy } from './errors.ts'
import { findRecorded, type Recorded } from './recorded.ts'
import { Remembered } from './remembered.ts'
import { decideRound, type Round } from './round.ts'
import { grants, ledgerEntries } from './schema.ts'
import { Workspace } from './workspace.ts'

/** How many commands are decided together at most. */
export const MAX_GROUP = 256
/** How many commands wait at most; one more is refused with `LedgerBusy`. */
export const MAX_WAITING = 10_000
/** How many races against other processes are lost before giving up. */
const MAX_RACES = 30
const RACE_BACKOFF = { first: 1, most: 50 }

interface Waiting {
  readonly command: Command
  resolve(recorded: Recorded): void
  reject(error: unknown): void
}

/** `by`: the one command whose fault it was, if it is known. */
type Attempt =
  | { readonly is: 'committed'; readonly round: Round }
  /** Something was refused on what was remembered, which may be out of date: nothing was written. */
  | { readonly is: 'doubted' }
  | { readonly is: 'failed'; readonly error: unknown; readonly by: number | 'race' | 'unknown' }

/**
 * Commands that arrive while a commit is under way are decided together: read at once, decided in memory in
 * turn, written in one conditional commit, answered after it. So the batch grows with the load by itself.
 */
export class CommandGroup {
  readonly #store: Store
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #waiting: Waiting[] = []
  readonly #remembered = new Remembered()
  #draining: Promise<void> | null = null
  #closed = false

  constructor(store: Store, clock: Clock, logger: Logger) {
    this.#store = store
    this.#clock = clock
    this.#logger = logger
  }

  /** Moves credits, or returns what the command's key moved before. */
  run(command: Command): Promise<Recorded> {
    if (this.#closed) throw new CreditsClosed()
    if (this.#waiting.length >= MAX_WAITING) throw new LedgerBusy(`${MAX_WAITING} commands wait already`)
    const { promise, resolve, reject } = Promise.withResolvers<Recorded>()
    this.#waiting.push({ command, resolve, reject })
    this.#draining ??= this.#drain()
    return promise
  }

  /** Refuses new commands, and answers those that wait. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#draining
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Those just answered send their next command before the next group is taken.
      await new Promise<void>((resolve) => setImmediate(resolve))
      await this.#decide(this.#waiting.splice(0, MAX_GROUP))
    }
    this.#draining = null
  }

  /** Answers every command of the group; never throws. */
  async #decide(group: readonly Waiting[]): Promise<void> {
    let open = group
    let remembered: Remembered | undefined = this.#remembered
    let races = 0
    while (open.length > 0) {
      const attempt = await this.#attempt(open, remembered)
      if (attempt.is === 'committed') open = await this.#answer(open, attempt.round)
      else if (attempt.is === 'failed' && typeof attempt.by === 'number')
        open = await this.#refuse(open, attempt.by, attempt.error)
      else if (attempt.is === 'failed' && StoreUnavailable.is(attempt.error)) return rejectAll(open, attempt.error)
      else if (attempt.is === 'failed' && !remembered) {
        if (attempt.by === 'race' && races === MAX_RACES)
          return rejectAll(open, new LedgerBusy('other processes were always faster'))
        if (attempt.by === 'race') await this.#waitAfterRace(++races)
        else if (open.length === 1) return rejectAll(open, attempt.error)
        else return this.#decideAlone(open)
      }
      // From here on all is read.
      remembered = undefined
    }
  }

  /** One of them makes all fail, and it is not known which. */
  async #decideAlone(open: readonly Waiting[]): Promise<void> {
    for (const waiting of open) await this.#decide([waiting])
  }

  /** Reads what is not remembered, decides and commits once. */
  async #attempt(open: readonly Waiting[], remembered: Remembered | undefined): Promise<Attempt> {
    const commands = open.map(({ command }) => command)
    let round: Round | null = null
    try {
      const workspace = await Workspace.read(this.#store, commands, this.#clock.now(), remembered)
      round = decideRound(commands, workspace)
      const { verdicts, writes, requires } = round
      if (workspace.recalled && verdicts.some((verdict) => verdict.is === 'refused')) return { is: 'doubted' }
      if (writes.length > 0) await this.#store.commit({ writes, requires })
      workspace.remember(this.#remembered)
      return { is: 'committed', round }
    } catch (error) {
      const place = placeOf(error)
      return { is: 'failed', error, by: round && place ? (round.guilty(place) ?? 'race') : 'unknown' }
    }
  }

  /** Answers the commands of a committed round; those put off are left. */
  async #answer(open: readonly Waiting[], { verdicts }: Round): Promise<Waiting[]> {
    const deferred: Waiting[] = []
    await Promise.all(
      open.map(async (waiting, index) => {
        const verdict = verdicts[index]
        if (verdict?.is === 'accepted') waiting.resolve(verdict.recorded)
        else if (verdict?.is !== 'refused') deferred.push(waiting)
        // What was granted before is not refused now: a replay comes back as the first result.
        else if (!(await this.#answerReplay(waiting))) waiting.reject(verdict.error)
      }),
    )
    return deferred
  }

  /** Answers the command that a commit was refused for, and where its key may be used, all whose key is. */
  async #refuse(open: readonly Waiting[], guilty: number, error: unknown): Promise<Waiting[]> {
    const replayed = isUsedKeyOrPayment(error)
      ? await Promise.all(open.map((waiting) => this.#answerReplay(waiting)))
      : []
    if (!replayed[guilty]) open[guilty]?.reject(error)
    return open.filter((_, index) => index !== guilty && !replayed[index])
  }

  /** Whether the command's key was used before; then it is answered. */
  async #answerReplay({ command, resolve, reject }: Waiting): Promise<boolean> {
    try {
      const recorded = await findRecorded(this.#store, command)
      if (recorded) resolve(recorded)
      return recorded !== null
    } catch (error) {
      reject(error)
      return true
    }
  }

  async #waitAfterRace(races: number): Promise<void> {
    this.#logger.debug({ races }, 'another process changed an account first: deciding again')
    await delay(backoffDelay(RACE_BACKOFF, races))
  }
}

function rejectAll(open: readonly Waiting[], error: unknown): void {
  for (const { reject } of open) reject(error)
}

/** Where in the commit an error arose, if the store tells. */
function placeOf(error: unknown): CommitPlace | null {
  return isTillwireError(error) && error.details.at ? (error.details.at as CommitPlace) : null
}

function isUsedKeyOrPayment(error: unknown): boolean {
  return (
    UniqueViolation.is(error) &&
    (error.details.collection === ledgerEntries.name || error.details.collection === grants.name)
  )
}
