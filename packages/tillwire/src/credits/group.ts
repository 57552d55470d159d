import { setTimeout as delay } from 'node:timers/promises'
import { backoffDelay, type Clock, isTillwireError, type Logger } from '../core/index.ts'
import {
  type CommitPlace,
  NotFound,
  type Store,
  StoreUnavailable,
  UniqueViolation,
  VersionConflict,
} from '../store/index.ts'
import type { Command } from './command.ts'
import { CreditsClosed, LedgerBusy } from './errors.ts'
import { areUsed, findRecorded, type Recorded } from './recorded.ts'
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

type Attempt =
  | { readonly is: 'committed'; readonly round: Round }
  /** `by`: the one command whose fault it was, if it is known. */
  | { readonly is: 'failed'; readonly error: unknown; readonly by: number | 'unknown' }
  /** Another process was faster; `isStale`: than what was remembered, which says nothing of the next time. */
  | { readonly is: 'outrun'; readonly isStale: boolean }

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
    let races = 0
    while (open.length > 0) {
      const attempt = await this.#attempt(open)
      if (attempt.is === 'committed') open = await this.#answer(open, attempt.round)
      else if (attempt.is === 'outrun') {
        this.#remembered.forget(open.map(({ command }) => command.holder))
        if (attempt.isStale) continue
        if (races === MAX_RACES) return rejectAll(open, new LedgerBusy('other processes were always faster'))
        await this.#waitAfterRace(++races)
      } else if (typeof attempt.by === 'number') open = await this.#refuse(open, attempt.by, attempt.error)
      else if (StoreUnavailable.is(attempt.error)) return rejectAll(open, attempt.error)
      else if (open.length === 1) open = await this.#refuse(open, 0, attempt.error)
      else return this.#decideHalves(open)
    }
  }

  /** One of them makes all fail, and it is not known which. */
  async #decideHalves(open: readonly Waiting[]): Promise<void> {
    const middle = open.length >>> 1
    await this.#decide(open.slice(0, middle))
    await this.#decide(open.slice(middle))
  }

  /** Reads what is not remembered, decides and commits once. */
  async #attempt(open: readonly Waiting[]): Promise<Attempt> {
    const commands = open.map(({ command }) => command)
    let decided: { readonly workspace: Workspace; readonly round: Round } | null = null
    try {
      const workspace = await Workspace.read(this.#store, commands, this.#clock.now(), this.#remembered)
      const round = decideRound(commands, workspace)
      decided = { workspace, round }
      const { writes, requires } = round
      if (writes.length > 0) await this.#store.commit({ writes, requires })
      workspace.rememberWritten(this.#remembered)
      return { is: 'committed', round }
    } catch (error) {
      const place = placeOf(error)
      if (!decided || !place) return { is: 'failed', error, by: 'unknown' }
      const by = decided.round.guilty(place)
      if (by === null && isRace(error))
        return { is: 'outrun', isStale: commands.some(({ holder }) => decided?.workspace.isRecalled(holder)) }
      decided.workspace.rememberRead(this.#remembered)
      return { is: 'failed', error, by: by ?? 'unknown' }
    }
  }

  /** Answers the commands of a committed round; those put off, or in doubt, are left. */
  async #answer(open: readonly Waiting[], { verdicts }: Round): Promise<Waiting[]> {
    const left: Waiting[] = []
    await Promise.all(
      open.map(async (waiting, index) => {
        const verdict = verdicts[index]
        if (verdict?.is === 'accepted') waiting.resolve(verdict.recorded)
        else if (verdict?.is === 'refused') await this.#settle(waiting, verdict.error)
        else left.push(waiting)
        if (verdict?.is === 'doubted') this.#remembered.forget([waiting.command.holder])
      }),
    )
    return left
  }

  /** Answers the command that a commit was refused for, and where its key may be used, all whose key is. */
  async #refuse(open: readonly Waiting[], guilty: number, error: unknown): Promise<Waiting[]> {
    const others = open.filter((_, index) => index !== guilty)
    const [, left] = await Promise.all([
      open[guilty] && this.#settle(open[guilty], error),
      isUsedKeyOrPayment(error) ? this.#answerReplays(others) : others,
    ])
    return left
  }

  /** Ends a command that is refused: but what was granted before is not refused now, whatever it would be refused for. */
  async #settle(waiting: Waiting, error: unknown): Promise<void> {
    if (!(await this.#answerReplay(waiting))) waiting.reject(error)
  }

  /** Answers those whose key was used before; returns the others. */
  async #answerReplays(open: readonly Waiting[]): Promise<Waiting[]> {
    const isUsed = await areUsed(
      this.#store,
      open.map(({ command }) => command),
    )
    const answered = await Promise.all(open.map((waiting, index) => isUsed[index] && this.#answerReplay(waiting)))
    return open.filter((_, index) => !answered[index])
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

/** Of a write of our own: the document is not as it was read. */
function isRace(error: unknown): boolean {
  return VersionConflict.is(error) || UniqueViolation.is(error) || NotFound.is(error)
}

function isUsedKeyOrPayment(error: unknown): boolean {
  return (
    UniqueViolation.is(error) &&
    (error.details.collection === ledgerEntries.name || error.details.collection === grants.name)
  )
}
