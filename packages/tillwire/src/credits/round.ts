import type { CommitPlace, Requirement, Write } from '../store/index.ts'
import type { Command } from './command.ts'
import type { Recorded } from './recorded.ts'
import type { Also } from './types.ts'
import type { Workspace } from './workspace.ts'

/** What becomes of a command when its round is committed. */
export type Verdict =
  | { readonly is: 'accepted'; readonly recorded: Recorded }
  | { readonly is: 'refused'; readonly error: unknown }
  /** A command before it has its key, its payment or riders on the same documents: it must see that committed. */
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
  const claimed = new Set<string>()
  const riders = new Riders()
  const verdicts = commands.map((command, index): Verdict => {
    const claims = claimsOf(command)
    if (claims.some((claim) => claimed.has(claim)) || riders.clash(command.also)) return { is: 'deferred' }
    for (const claim of claims) claimed.add(claim)
    try {
      const change = command.decide(workspace.books(command.holder), workspace.moment(command.holder))
      const [entry] = change.entries
      workspace.apply(command.holder, change, index)
      riders.add(command.also, index)
      return { is: 'accepted', recorded: { entry, hold: change.holds[0] ?? null, replayed: false } }
    } catch (error) {
      return { is: 'refused', error }
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
function claimsOf({ label, holder, payment }: Command): string[] {
  const key = `${label.kind} ${holder} ${label.key}`
  return payment === undefined ? [key] : [key, `payment ${payment}`]
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
