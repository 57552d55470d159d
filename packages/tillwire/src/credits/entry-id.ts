import { hash } from 'node:crypto'
import type { EntryKind } from './types.ts'

/** How much of the key an id begins with: enough for the time in an id of ours, behind a word. */
const KEY_CHARACTERS = 32
/** 132 bits: two keys never meet. */
const HASH_CHARACTERS = 22

/**
 * The id of the entry that a holder's key makes, so that no key is used twice. Keys mostly grow with time, and
 * so do ids that begin like them: what is written together lies together.
 */
export function entryId(holder: string, { kind, key }: { readonly kind: EntryKind; readonly key: string }): string {
  const beginning = key.slice(0, KEY_CHARACTERS).replace(/[^A-Za-z0-9-]/g, '-')
  const digest = hash('sha256', JSON.stringify([kind, holder, key]), 'base64url')
  return `entry_${beginning}_${digest.slice(0, HASH_CHARACTERS)}`
}
