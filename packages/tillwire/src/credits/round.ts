import type { CommitPlace, Requirement, Write } from '../store/index.ts'
import type { Command } from './command.ts'
import type { Recorded } from './recorded.ts'
import type { Also } from './types.ts'
import type { Workspace } from './workspace.ts'

/** What becomes of a command when its round is committed. */
export type Verdict =
  | { readonly is: 'accepted'; readonly recorded: Recorded }
  | { readonly is: 'refused'; readonly error: unknown }
  /** It would be refused on what is remembered, which may be out of date: it is decided again on what is read. */
  | { readonly is: 'doubted' }
  /** One before it is doubted, or has its key, its payment or riders on the same documents: it must see that committed. */
  | { readonly is: 'deferred' }

/** Commands decided in turn, and the one commit that makes it so. */
export interface Round {
  readonly verdicts: readonly Verdict[]
  readonly writes: readonly Write[]
  readonly requires: readonly Requirement[]
  /** Which command a refused write or requirement belongs to; null when another process was faster. */
  guilty(place: CommitPlace): number | null
}

/** Decides commands on the workspace, each on what those before it left. */
export function decideRound(commands: readonly Command[], workspace: Workspace): Round {
  const keys = new Set<string>()
  const payments = new Set<string>()
  const doubted = new Set<string>()
  const riders = new Riders()
  const verdicts = commands.map((command, index): Verdict => {
    const key = keyOf(command)
    const { holder, payment, also } = command
    if (doubted.has(holder) || keys.has(key) || (payment && payments.has(payment)) || riders.clash(also))
      return { is: 'deferred' }
    // Also of one that is refused: were its twin accepted, both would be answered alike.
    keys.add(key)
    try {
      const change = command.decide(workspace.books(holder), workspace.moment(holder))
      const [entry] = change.entries
      workspace.apply(change, index)
      riders.add(also, index)
      if (payment) payments.add(payment)
      return { is: 'accepted', recorded: { entry, hold: change.holds[0] ?? null, replayed: false } }
    } catch (error) {
      if (!workspace.isRecalled(holder)) return { is: 'refused', error }
      doubted.add(holder)
      return { is: 'doubted' }
    }
  })
  const own = workspace.writes()
  const owners = { writes: [...own.map(({ by }) => by), ...riders.writers], requires: riders.requirers }
  return {
    verdicts,
    writes: [...own.map(({ write }) => write), ...riders.writes],
    requires: riders.requires,
    guilty: ({ list, index }) => owners[list][index] ?? null,
  }
}

/** What only one command of a round may have. */
function keyOf({ label, holder }: Command): string {
  return `${label.kind} ${holder} ${label.key}`
}

/** The riders of a round. Those of one command never meet those of another on a document that either writes. */
class Riders {
  readonly writes: Write[] = []
  readonly writers: number[] = []
  readonly requires: Requirement[] = []
  readonly requirers: number[] = []
  readonly #written = new Set<string>()
  readonly #required = new Set<string>()

  clash(also: Also | undefined): boolean {
    const { writes = [], requires = [] } = also ?? {}
    return (
      writes.some((write) => {
        const document = documentOf(write)
        return document !== null && (this.#written.has(document) || this.#required.has(document))
      }) || requires.some(({ collection, id }) => this.#written.has(`${collection.name}/${id}`))
    )
  }

  add(also: Also | undefined, by: number): void {
    for (const write of also?.writes ?? []) {
      const document = documentOf(write)
      if (document !== null) this.#written.add(document)
      this.writes.push(write)
      this.writers.push(by)
    }
    for (const requirement of also?.requires ?? []) {
      this.#required.add(`${requirement.collection.name}/${requirement.id}`)
      this.requires.push(requirement)
      this.requirers.push(by)
    }
  }
}

/** Which document a write is about; null for an insert that has no id yet. */
function documentOf(write: Write): string | null {
  if (write.op !== 'insert') return `${write.collection.name}/${write.id}`
  return 'id' in write.document ? `${write.collection.name}/${write.document.id}` : null
}
