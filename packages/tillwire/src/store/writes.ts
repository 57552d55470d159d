import type { AnyCollection, InsertOf, Made, Requirement, Write } from './types.ts'

/**
 * An insertion for `commit`.
 * @example await store.commit({ writes: [insert(notes, { title: 'Hello' })] })
 */
export function insert<C extends AnyCollection>(collection: C, document: InsertOf<C>, { isPlain }: Made = {}): Write {
  return { op: 'insert', collection, document, isPlain }
}

/** A replacement for `commit`: refused with `VersionConflict` unless the document is at `ifVersion`. */
export function replace<C extends AnyCollection>(
  collection: C,
  id: string,
  document: InsertOf<C>,
  { ifVersion, isPlain }: { ifVersion: number } & Made,
): Write {
  return { op: 'replace', collection, id, document, ifVersion, isPlain }
}

/** A removal for `commit`: refused with `VersionConflict` unless the document is at `ifVersion`. */
export function remove(collection: AnyCollection, id: string, { ifVersion }: { ifVersion: number }): Write {
  return { op: 'remove', collection, id, ifVersion }
}

/** A requirement for `commit`: this document is at this version; 0 means that there is none. */
export function requireVersion(collection: AnyCollection, id: string, version: number): Requirement {
  return { collection, id, version }
}
