import { IdempotencyConflict } from '../core/index.ts'
import type { Store } from '../store/index.ts'
import type { Command } from './command.ts'
import { entryId } from './entry-id.ts'
import { type EntryRecord, type HoldRecord, holds, ledgerEntries } from './schema.ts'

/** What a command came to: its entry, and the hold that it moved (for a replay, as it is now). */
export interface Recorded {
  readonly entry: EntryRecord
  readonly hold: HoldRecord | null
  readonly replayed: boolean
}

/**
 * What the command's key came to before; null when it is new.
 * @throws IdempotencyConflict when the key was used with other input.
 */
export async function findRecorded(store: Store, { holder, label }: Command): Promise<Recorded | null> {
  const { kind, key, inputHash } = label
  const entry = await store.collection(ledgerEntries).get(entryId(holder, label))
  if (!entry) return null
  if (entry.inputHash !== inputHash) throw new IdempotencyConflict({ operation: kind, key })
  const hold = entry.hold ? await store.collection(holds).get(entry.hold.id) : null
  return { entry, hold, replayed: true }
}

/** Of each command, whether its key may have been used: all of them by one read. */
export async function areUsed(store: Store, commands: readonly Command[]): Promise<boolean[]> {
  const ids = commands.map(({ holder, label }) => entryId(holder, label))
  try {
    return (await store.collection(ledgerEntries).getMany(ids)).map((entry) => entry !== null)
  } catch {
    // Each is asked for by itself, and told what is wrong with it.
    return ids.map(() => true)
  }
}
