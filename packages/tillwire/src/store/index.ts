export { verifyHashed } from './codec/hashing.ts'
export { parseEncryptionKeys } from './codec/keys.ts'
export {
  type Collection,
  type CollectionDefinition,
  collection,
  type DeleteContext,
  type EncryptionMode,
  type Hooks,
  type SaveContext,
} from './collection.ts'
export {
  CursorExpired,
  DamagedDocument,
  DecryptionFailed,
  InvalidCollection,
  InvalidDocument,
  InvalidEncryptionKeys,
  InvalidQuery,
  InvalidStoreOptions,
  InvalidStoreUrl,
  isUnreadable,
  NewerSchema,
  NotFound,
  StoreUnavailable,
  TransactionConflict,
  UniqueViolation,
  UnknownCollection,
  UpgradeFailed,
  UpgradeNeeded,
  VersionConflict,
  WriteOutsideTransaction,
} from './errors.ts'
export { followChanges, type ReadAnew } from './follow-changes.ts'
export { openStore } from './open-store.ts'
export { pagesOf } from './pages-of.ts'
export { databaseFileProblem, prepareFolder } from './place.ts'
export { readEach, UNREADABLE } from './read-each.ts'
export { count, find, get, getMany } from './reads.ts'
export type { Retention } from './retention.ts'
export type * from './types.ts'
export { insert, remove, replace, requireVersion } from './writes.ts'
