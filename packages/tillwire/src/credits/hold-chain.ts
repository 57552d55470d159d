import type { DocumentOf, Store } from '../store/index.ts'
import { type HoldRecord, ledgerEntries } from './schema.ts'

/** How many movements of a hold lie between two of its marks: its chain is read from all of them at once. */
export const MARK_EVERY = 64

/** Where the entries of a hold are found, however many they are. */
export type Chain = Pick<HoldRecord, 'newest' | 'moves' | 'mark'>

/** The chain with one entry more; `before` is null for the entry that makes the hold. */
export function addLink(before: Chain | null, entry: string): Chain {
  if (!before) return { newest: entry, moves: 1, mark: null }
  const { newest, moves, mark } = before
  return { newest: entry, moves: moves + 1, mark: isMark(moves) ? newest : mark }
}

/** Whether the entry that is a hold's movement of this number is one of its marks. */
export function isMark(moves: number): boolean {
  return moves % MARK_EVERY === 0
}

/** An entry as others name it, and which movement of the hold it must be. */
interface Link {
  readonly id: string
  readonly moves: number
}
type Entry = DocumentOf<typeof ledgerEntries>
type Chained = Pick<HoldRecord, 'id' | 'newest' | 'moves'>

/**
 * The entries of a hold, oldest first, and the ids at which its chain is broken: entries that are not there, or
 * do not name the one before them. The pieces between two marks are read side by side: 10,000 entries by some
 * 220 reads of at most 157. Entries never change, so all of them are of the moment of `hold`.
 */
export async function readHoldEntries(
  store: Store,
  hold: Chained,
): Promise<{ readonly entries: readonly Entry[]; readonly broken: readonly string[] }> {
  const entries: Entry[] = []
  const broken: string[] = []
  let wanted: readonly Link[] = [{ id: hold.newest, moves: hold.moves }]
  while (wanted.length > 0) {
    const found = await store.collection(ledgerEntries).getMany(wanted.map(({ id }) => id))
    wanted = wanted.flatMap((link, index) => {
      const entry = found[index]
      const before = entry && linksBefore(hold, link, entry)
      if (before) entries.push(entry)
      else broken.push(link.id)
      return before ?? []
    })
  }
  return { entries: entries.sort((a, b) => (a.hold?.moves ?? 0) - (b.hold?.moves ?? 0)), broken }
}

/** What is read after an entry: the one before it, up to the last mark, and from a mark (or the newest) that mark. */
function linksBefore(hold: Chained, { moves }: Link, { hold: moved }: Entry): Link[] | null {
  if (moved?.id !== hold.id || moved.moves !== moves) return null
  const before = moves - 1
  const marked = before - (before % MARK_EVERY)
  const links = [
    before > marked && { id: moved.previous, moves: before },
    marked > 0 && (moves === hold.moves || isMark(moves)) && { id: moved.mark, moves: marked },
  ].filter((link) => link !== false)
  const named = links.flatMap(({ id, moves }) => (id === null ? [] : [{ id, moves }]))
  return named.length === links.length ? named : null
}
