import { shorten, TillwireError } from '../core/index.ts'
import type { CommitPlace } from './types.ts'

/** How much of another error is told. */
const MAX_REASON = 400

interface UniqueViolationDetails {
  readonly collection: string
  readonly fields: readonly string[]
  /** The write that is at fault. */
  readonly at?: CommitPlace
  /** When a new unique index could not be made: how many documents repeat each other, and the ids of the first. */
  readonly repeated?: { readonly documents: number; readonly ids: readonly string[] }
}

/**
 * Another document has these values in fields that are unique together, at the end of a commit; or documents that are
 * there already have them in common, and a unique index that is asked for anew cannot be made.
 */
export class UniqueViolation extends TillwireError {
  static override readonly code = 'unique_violation'
  constructor(details: UniqueViolationDetails) {
    const { collection, repeated } = details
    const fields = details.fields.join(' + ')
    super(
      UniqueViolation.code,
      repeated
        ? `${repeated.documents} documents of "${collection}" do not differ in ${fields}, which its definition now says is unique (the first are ${repeated.ids.join(', ')}): change or remove them, or leave that out. Nothing was changed.`
        : `Another document of "${collection}" already has this ${fields}: choose another value, or change that document.`,
      { details: { ...details } },
    )
  }
}

/** The document is not at the version that the caller named. `actual` is 0 when it is absent. */
export class VersionConflict extends TillwireError {
  static override readonly code = 'version_conflict'
  constructor(details: { collection: string; id: string; expected: number; actual: number; at?: CommitPlace }) {
    super(
      VersionConflict.code,
      `"${details.id}" of "${details.collection}" is at version ${details.actual}, not ${details.expected}: read it again and decide anew.`,
      { details },
    )
  }
}

/** There is no such document to change. */
export class NotFound extends TillwireError {
  static override readonly code = 'not_found'
  constructor(details: { collection: string; id: string; at?: CommitPlace }) {
    super(NotFound.code, `There is no "${details.id}" in "${details.collection}".`, { details })
  }
}

/** A document does not fit its collection's schema. `path` is dotted; the value itself is not told. */
export class InvalidDocument extends TillwireError {
  static override readonly code = 'invalid_document'
  constructor(details: { collection: string; path: string; reason: string; at?: CommitPlace }) {
    super(
      InvalidDocument.code,
      `A document of "${details.collection}" is not valid${details.path ? ` at "${details.path}"` : ''}: ${details.reason}.`,
      { details },
    )
  }
}

/**
 * The store cannot be reached, is busy for too long, or was closed. Nothing was written, unless `details.lost`
 * is true: then the answer was lost, and it is not known.
 */
export class StoreUnavailable extends TillwireError {
  static override readonly code = 'store_unavailable'
  constructor(reason: string, options: { cause?: unknown; retryable?: boolean; lost?: boolean } = {}) {
    super(StoreUnavailable.code, `The store is unavailable: ${reason}.`, {
      details: { reason, lost: options.lost ?? false },
      cause: options.cause,
      retryable: options.retryable ?? true,
    })
  }
}

/** A transaction lost its races, or ran past its deadline. Nothing of it was written. */
export class TransactionConflict extends TillwireError {
  static override readonly code = 'transaction_conflict'
  constructor(reason: string, cause?: unknown) {
    super(TransactionConflict.code, `The transaction was given up: ${reason}. Nothing was written; try again.`, {
      details: { reason },
      cause,
      retryable: true,
    })
  }
}

/** A write that does not go through `tx` was tried inside a transaction's body. */
export class WriteOutsideTransaction extends TillwireError {
  static override readonly code = 'write_outside_transaction'
  constructor() {
    super(
      WriteOutsideTransaction.code,
      'A transaction is open here: write through the `tx` that its body is given, or after it.',
    )
  }
}

/** The changes after this cursor are no longer kept, or belong to another store. */
export class CursorExpired extends TillwireError {
  static override readonly code = 'cursor_expired'
  constructor(reason: string) {
    super(CursorExpired.code, `The cursor is too old: ${reason}. Read the documents anew and follow from now.`, {
      details: { reason },
    })
  }
}

/** The collection was not given to `openStore`. */
export class UnknownCollection extends TillwireError {
  static override readonly code = 'unknown_collection'
  constructor(collection: string) {
    super(
      UnknownCollection.code,
      `The store does not know the collection "${collection}": pass it to openStore, or register it.`,
      { details: { collection } },
    )
  }
}

/** A search that names an unknown path or operator, or cannot be answered. */
export class InvalidQuery extends TillwireError {
  static override readonly code = 'invalid_query'
  constructor(reason: string, details: { path?: string } = {}) {
    super(InvalidQuery.code, `The query is not valid: ${reason}.`, { details: { ...details, reason } })
  }
}

/** A collection's definition contradicts itself, its stored documents, or another of the same name. */
export class InvalidCollection extends TillwireError {
  static override readonly code = 'invalid_collection'
  constructor(collection: string, reason: string) {
    super(InvalidCollection.code, `The collection "${collection}" is not well defined: ${reason}.`, {
      details: { collection, reason },
    })
  }
}

/** A newer program has brought the documents to a version of their schema that this one does not know. */
export class NewerSchema extends TillwireError {
  static override readonly code = 'newer_schema'
  constructor(details: { collection: string; reached: number; known: number }) {
    super(
      NewerSchema.code,
      `"${details.collection}" has version ${details.reached} of its schema and this program knows ${details.known}: use the newer version of the program. Nothing was written.`,
      { details },
    )
  }
}

/** Documents have not reached the version of their schema that this program writes: it may read them, and not write. */
export class UpgradeNeeded extends TillwireError {
  static override readonly code = 'upgrade_needed'
  constructor(details: { collection: string; reached: number; known: number }) {
    super(
      UpgradeNeeded.code,
      `"${details.collection}" has version ${details.reached} of its schema and this program writes ${details.known}: run \`tillwire migrate\` (or open the store with migrate) before it writes. Nothing was written.`,
      { details },
    )
  }
}

interface UpgradeFailedDetails {
  readonly collection: string
  readonly id: string
  readonly from: number
  readonly to: number
  /** When upgraded documents would not differ in what is unique: how many, and the ids of the first. */
  readonly repeated?: { readonly documents: number; readonly ids: readonly string[] }
}

/**
 * A document cannot be brought to a newer version of its schema: its upgrade throws, gives what the schema refuses, or
 * leaves documents that do not differ in what is unique. `cause` is why. When a store opens, documents are judged
 * before anything is written.
 */
export class UpgradeFailed extends TillwireError {
  static override readonly code = 'upgrade_failed'
  constructor(details: UpgradeFailedDetails, cause: unknown) {
    const { collection, id, from, to } = details
    const reason = shorten(cause instanceof Error ? cause.message : String(cause), MAX_REASON)
    super(
      UpgradeFailed.code,
      `"${id}" of "${collection}" cannot be brought from version ${from} of its schema to ${to}: ${reason} Mend the upgrade or the document. It was left as it is.`,
      { details: { ...details }, cause },
    )
  }
}

/** The URL is not one that this version can open. */
export class InvalidStoreUrl extends TillwireError {
  static override readonly code = 'invalid_store_url'
  constructor(reason: string) {
    super(InvalidStoreUrl.code, `The store's URL is not valid: ${reason}.`, { details: { reason } })
  }
}

/** An option of `openStore` is not valid. */
export class InvalidStoreOptions extends TillwireError {
  static override readonly code = 'invalid_store_options'
  constructor(option: string, allowed: string) {
    super(InvalidStoreOptions.code, `The store's option "${option}" is not valid: it is ${allowed}.`, {
      details: { option, allowed },
    })
  }
}

/** Encryption keys are missing or malformed. Never tells a key. */
export class InvalidEncryptionKeys extends TillwireError {
  static override readonly code = 'invalid_encryption_keys'
  constructor(reason: string) {
    super(InvalidEncryptionKeys.code, `The encryption keys are not valid: ${reason}.`, { details: { reason } })
  }
}

/** An encrypted value cannot be read: its key is missing or wrong, or it was altered. */
export class DecryptionFailed extends TillwireError {
  static override readonly code = 'decryption_failed'
  constructor(details: { collection: string; field: string; id: string; reason: string }) {
    super(
      DecryptionFailed.code,
      `"${details.field}" of "${details.id}" in "${details.collection}" cannot be decrypted: ${details.reason}.`,
      { details },
    )
  }
}

/** A document is there and cannot be read: its text was damaged where it is kept. */
export class DamagedDocument extends TillwireError {
  static override readonly code = 'damaged_document'
  constructor(details: { collection: string; id: string; reason: string }) {
    super(
      DamagedDocument.code,
      `"${details.id}" of "${details.collection}" cannot be read: ${details.reason}. Restore it from a backup.`,
      { details },
    )
  }
}

/** Whether an error says that a document cannot be read, which no second try will change. */
export function isUnreadable(error: unknown): boolean {
  return [DamagedDocument, DecryptionFailed, InvalidDocument, UpgradeFailed].some((known) => known.is(error))
}
