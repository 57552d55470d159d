import { z } from 'zod'
import { newId, own, shorten, textProblem } from '../core/index.ts'
import { Encryption } from './codec/encryption.ts'
import { hashText } from './codec/hashing.ts'
import { checkInput, copyJson, isPlainObject, type NotJson, pathText, takeInput, toJson } from './codec/json.ts'
import { createPathResolver, ID_PATH } from './codec/resolve-path.ts'
import type { Claim, Fields, StoredDocument, TableSpec } from './driver.ts'
import { DamagedDocument, InvalidDocument, InvalidEncryptionKeys, UpgradeFailed } from './errors.ts'
import type { PathResolver, StoredFilter } from './query/filter.ts'
import { valueAt, valueIn } from './query/match.ts'
import { namesOfSchema, yieldsAnew } from './query/path.ts'
import type { AnyCollection, CommitPlace, DocumentOf, EncryptionKeys, Made, SystemFields } from './types.ts'

type Input = Record<string, unknown>
declare const taken: unique symbol
/** What a caller gave, taken as it was at the call: see `Pipeline.take`. */
export type Taken = Input & { readonly [taken]: true }
const MAX_ID_LENGTH = 255
/** How much of what a schema says against a document is told: it may quote the document. */
const MAX_REASON = 300
const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z$/

/** A write that is ready to be committed. */
export interface Prepared {
  readonly stored: StoredDocument
  readonly claims: readonly Claim[]
  /** As they were before they were encrypted. */
  readonly fields: Fields
}

/**
 * What every write and read of a collection goes through: defaults, hashing, `beforeSave`,
 * validation, encryption on the way in; decryption, upgrades, `afterLoad` and methods on the way out.
 */
export class Pipeline {
  readonly collection: AnyCollection
  readonly resolver: PathResolver
  readonly table: TableSpec
  readonly #encryption: Encryption | null
  readonly #schema: z.ZodObject
  /** Whether the schema drops fields that it does not name, such as the system's, by itself. */
  readonly #strips: boolean
  /** Whether a field has the name of a member of every object, so that it must not be looked for on its prototype. */
  readonly #bare: boolean
  /** Whether nothing that the schema yields is the caller's own. */
  readonly #anew: boolean
  /** Paths that are unique and of any type: lists and objects are equal in another way on each engine. */
  readonly #openUnique: readonly (readonly string[])[]
  readonly #sealed: readonly (readonly [field: string, searchable: boolean])[]
  readonly #prototype: object | null

  /** @throws InvalidEncryptionKeys when the collection has encrypted fields and there is no key. */
  constructor(collection: AnyCollection, keys: EncryptionKeys | undefined) {
    this.collection = collection
    this.#sealed = Object.entries(collection.encrypted).map(([field, mode]) => [field, mode === 'searchable'])
    if (this.#sealed.length > 0 && !keys)
      throw new InvalidEncryptionKeys(`"${collection.name}" has encrypted fields and openStore was given no keys`)
    this.#encryption = this.#sealed.length > 0 && keys ? new Encryption(keys) : null
    this.#schema = acceptHashes(collection)
    this.#strips = this.#schema.def.catchall === undefined
    this.#bare = namesOfSchema(this.#schema).some((name) => name in Object.prototype)
    this.#anew = yieldsAnew(this.#schema)
    this.#prototype = methodsPrototype(collection)
    this.resolver = createPathResolver(collection, this.#encryption)
    const index = (fields: readonly string[], unique: boolean) => ({
      fields,
      paths: fields.map((field) => this.resolver.resolve(field).path),
      unique,
    })
    this.#openUnique = collection.unique
      .flat()
      .map((name) => this.resolver.resolve(name))
      .filter(({ path, encryption }) => path.type === 'any' && encryption === null)
      .map(({ path }) => path.segments)
    this.table = {
      name: collection.name,
      schemaVersion: collection.schemaVersion,
      indexes: [
        ...collection.unique.map((fields) => index(fields, true)),
        ...collection.indexes.map((fields) => index(fields, false)),
      ],
    }
  }

  /** Whether writes must be hashed first; for a replacement that needs the document as it is. */
  get hashes(): boolean {
    return this.collection.hashed.length > 0
  }

  /**
   * A document, or a patch of one, as it is now: what the caller does to it later does not matter.
   * @throws InvalidDocument when the schema or JSON would lose a part of it without a word.
   */
  take(input: object, at?: CommitPlace): Taken {
    return takeInput(input, (problem) => this.#refuse(problem, at)) as Taken
  }

  /**
   * As `take`, of a document that is prepared before anything else can run, unless it is hashed first: copied only
   * where the schema hands on parts of it, and not looked through where it is plain.
   * @throws InvalidDocument as `take`
   */
  takeAtOnce(input: object, at?: CommitPlace, { isPlain = false }: Made = {}): Taken {
    if (this.hashes || !this.#anew) return this.take(input, at)
    if (isPlain) return input as Taken
    checkInput(input, (problem) => this.#refuse(problem, at))
    return input as Taken
  }

  /** The fields of a stored document under a patch. */
  patched(stored: StoredDocument, patch: Taken): Taken {
    return { ...this.plain(stored), ...patch } as Taken
  }

  /** Hashes the hashed fields of an input, off the event loop; those equal to the stored hash are unchanged. */
  async hash(input: Taken, current: StoredDocument | null, at?: CommitPlace): Promise<Taken> {
    const hashed = { ...input } as Input as Taken & Input
    for (const field of this.collection.hashed) {
      const value = own(hashed, field)
      if (typeof value !== 'string' || value === own(current?.fields ?? {}, field)) continue
      const plain = own(this.collection.schema.shape, field)?.safeParse(value)
      if (!plain?.success) throw this.#invalid(plain?.error, at, field)
      if (typeof plain.data === 'string') hashed[field] = await hashText(plain.data)
    }
    return hashed
  }

  insert(input: Taken, now: string, at?: CommitPlace): Prepared {
    const { id, createdAt, updatedAt } = input
    const system = {
      id: id === undefined ? newId(this.collection.name) : this.#checkId(id, at),
      version: 1,
      createdAt: createdAt === undefined ? now : this.#checkTime('createdAt', createdAt, at),
      updatedAt: updatedAt === undefined ? now : this.#checkTime('updatedAt', updatedAt, at),
    }
    return this.#prepare('insert', input, system, now, at)
  }

  replace(id: string, input: Taken, version: number, now: string, at?: CommitPlace): Prepared {
    return this.#prepare('replace', input, { id, version: version + 1, createdAt: now, updatedAt: now }, now, at)
  }

  /** What the caller sees of a document that was written. A replacement was made when what it replaced was. */
  present({ fields, stored }: Prepared, createdAt = stored.createdAt): SystemFields {
    return this.#present(fields, stored, createdAt)
  }

  /**
   * The document that was stored.
   * @throws DamagedDocument; DecryptionFailed; UpgradeFailed; InvalidDocument when a newer program wrote it.
   */
  load(stored: StoredDocument): SystemFields {
    return this.#present(this.plain(stored), stored, stored.createdAt)
  }

  /** As `load`, of what others read too: the document shares nothing with it. */
  loadCopy(stored: StoredDocument): SystemFields {
    return this.load({ ...stored, fields: copyJson(stored.fields) })
  }

  /** The fields of a stored document, decrypted and upgraded, before `afterLoad`. */
  plain(stored: StoredDocument): Fields {
    const { schemaVersion, name } = this.collection
    if (stored.damage !== undefined)
      throw new DamagedDocument({ collection: name, id: stored.id, reason: stored.damage })
    if (stored.schemaVersion > schemaVersion)
      throw new InvalidDocument({
        collection: name,
        path: '',
        reason: `"${stored.id}" was written by version ${stored.schemaVersion} of the schema and this program knows ${schemaVersion}`,
      })
    let fields = this.#unseal(stored)
    for (let from = stored.schemaVersion; from < schemaVersion; from++)
      fields = this.#upgradeOnce(fields, { collection: name, id: stored.id, from, to: from + 1 })
    return fields
  }

  /** Asks the hook whether a document may be removed. */
  beforeDelete(stored: StoredDocument, now: string): void {
    this.collection.hooks.beforeDelete?.(this.load(stored) as DocumentOf<AnyCollection>, { now })
  }

  /** Throws what is wrong with a stored document: it cannot be read, or no longer fits the schema. */
  check(stored: StoredDocument): void {
    this.#parse(this.plain(stored), undefined)
  }

  /**
   * The same document in the shape and under the key of today; for the driver's `rewrite`.
   * @throws UpgradeFailed when it cannot be read, an upgrade throws, or what it leaves does not fit the schema
   */
  upgrade(stored: StoredDocument): StoredDocument {
    try {
      return this.#seal(this.#parse(this.plain(stored), undefined), stored).stored
    } catch (error) {
      if (UpgradeFailed.is(error)) throw error
      const { name: collection, schemaVersion: to } = this.collection
      throw new UpgradeFailed({ collection, id: stored.id, from: stored.schemaVersion, to }, error)
    }
  }

  #upgradeOnce(fields: Fields, step: { collection: string; id: string; from: number; to: number }): Fields {
    try {
      const upgraded: unknown = this.collection.upgrades[step.from]?.({ ...fields })
      if (typeof upgraded === 'object' && upgraded !== null && isPlainObject(upgraded)) return upgraded as Fields
      throw new TypeError('it returned no object of fields')
    } catch (error) {
      throw new UpgradeFailed(step, error)
    }
  }

  #prepare(
    operation: 'insert' | 'replace',
    input: Input,
    system: SystemFields,
    now: string,
    at?: CommitPlace,
  ): Prepared {
    let fields = this.#parse(this.#strips ? input : withoutSystemFields(input), at)
    const { beforeSave } = this.collection.hooks
    if (beforeSave) {
      const draft = { ...fields }
      beforeSave(draft, { operation, id: system.id, now })
      fields = this.#parse(draft, at)
    }
    const { stored, claims } = this.#seal(fields, system)
    return { stored, claims, fields }
  }

  #parse(input: object, at: CommitPlace | undefined): Fields {
    const refuse = (problem: NotJson) => this.#refuse(problem, at)
    const result = this.#schema.safeParse(this.#bare ? takeInput(input, refuse, { bare: true }) : input)
    if (!result.success) throw this.#invalid(result.error, at)
    const fields = toJson(result.data, refuse) as Fields
    for (const segments of this.#openUnique) {
      const value = valueIn(fields, segments)
      if (typeof value === 'object' && value !== null)
        refuse({ path: segments.join('.'), reason: 'is unique, and so no list or object' })
    }
    return this.#bare ? copyJson(fields) : fields
  }

  #seal(fields: Fields, system: SystemFields): { stored: StoredDocument; claims: readonly Claim[] } {
    const encryption = this.#encryption
    const { name: collection, schemaVersion } = this.collection
    const { id, version, createdAt, updatedAt } = system
    if (!encryption) return { stored: { id, version, schemaVersion, createdAt, updatedAt, fields }, claims: [] }
    const sealed: Input = { ...fields }
    for (const [field, searchable] of this.#sealed) {
      const value = own(sealed, field)
      if (value !== undefined && value !== null)
        sealed[field] = encryption.seal(value, { collection, field, id }, searchable)
    }
    const stored = { id, version, schemaVersion, createdAt, updatedAt, fields: sealed }
    return { stored, claims: encryption.hasOlderKeys ? this.#claims(fields, stored) : [] }
  }

  /**
   * Documents written under an older first key have another blind index, so the unique index alone
   * would let an equal text in: no other document may have this text under any key.
   */
  #claims(fields: Fields, stored: StoredDocument): Claim[] {
    const claims: Claim[] = []
    for (const names of this.collection.unique) {
      const resolved = names.map((name) => ({ name, ...this.resolver.resolve(name) }))
      if (!resolved.some(({ encryption }) => encryption === 'searchable')) continue
      const others: StoredFilter = { kind: 'in', path: ID_PATH, values: [stored.id], insensitive: false }
      const filters: StoredFilter[] = [{ kind: 'not', filter: others }]
      for (const { name, path, encryption, blind } of resolved) {
        const value = encryption === 'searchable' ? own(fields, name) : valueAt(stored, path)
        if (value === undefined || value === null) break
        const values = encryption === 'searchable' ? blind(String(value)) : [value as string | number | boolean]
        filters.push({ kind: 'in', path, values, insensitive: false })
      }
      if (filters.length === names.length + 1) claims.push({ fields: names, filter: { kind: 'and', filters } })
    }
    return claims
  }

  #unseal(stored: StoredDocument): Fields {
    if (!this.#encryption) return stored.fields
    const fields: Input = { ...stored.fields }
    const { name: collection, schemaVersion } = this.collection
    for (const [field] of this.#sealed) {
      const value = own(fields, field)
      if (value === undefined || value === null) continue
      // A document from before the field was encrypted still has its plain value.
      if (stored.schemaVersion < schemaVersion && !isSealed(value)) continue
      fields[field] = this.#encryption.open(value, { collection, field, id: stored.id })
    }
    return fields
  }

  #present(fields: Fields, system: SystemFields, createdAt: string): SystemFields {
    const { id, version, updatedAt } = system
    const document = { ...fields, id, version, createdAt, updatedAt }
    this.collection.hooks.afterLoad?.(document)
    return this.#prototype ? Object.assign(Object.create(this.#prototype), document) : document
  }

  #checkId(id: unknown, at: CommitPlace | undefined): string {
    if (typeof id !== 'string' || id === '' || id.length > MAX_ID_LENGTH)
      return this.#refuse({ path: 'id', reason: `an id is text of 1 to ${MAX_ID_LENGTH} characters` }, at)
    const problem = textProblem(id)
    return problem === null ? id : this.#refuse({ path: 'id', reason: `${problem}, which cannot be stored` }, at)
  }

  #checkTime(path: string, time: unknown, at: CommitPlace | undefined): string {
    if (typeof time === 'string' && ISO_TIME.test(time) && !Number.isNaN(Date.parse(time)))
      return new Date(time).toISOString()
    return this.#refuse({ path, reason: 'a time is an ISO-8601 UTC string' }, at)
  }

  #refuse({ path, reason }: NotJson, at: CommitPlace | undefined): never {
    throw new InvalidDocument({ collection: this.collection.name, path, reason, ...(at ? { at } : {}) })
  }

  #invalid(error: z.ZodError | undefined, at: CommitPlace | undefined, field?: string): InvalidDocument {
    const issue = error?.issues[0]
    const path = pathText([...(field === undefined ? [] : [field]), ...(issue?.path ?? [])])
    const reason = shorten(issue?.message ?? 'is not valid', MAX_REASON)
    return new InvalidDocument({ collection: this.collection.name, path, reason, ...(at ? { at } : {}) })
  }
}

function withoutSystemFields({ id: _, version: __, createdAt: ___, updatedAt: ____, ...fields }: Input): Input {
  return fields
}

function isSealed(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'sealed' in value
}

/** Plain values of hashed fields are validated before they are hashed; afterwards any text will do. */
function acceptHashes(collection: AnyCollection): z.ZodObject {
  if (collection.hashed.length === 0) return collection.schema
  const { shape } = collection.schema
  const hashed = collection.hashed.map((field) => [field, z.union([z.string(), own(shape, field) as z.ZodType])])
  return collection.schema.safeExtend(Object.fromEntries(hashed)) as unknown as z.ZodObject
}

function methodsPrototype(collection: AnyCollection): object | null {
  const methods = Object.entries(collection.methods as Record<string, (document: unknown) => unknown>)
  if (methods.length === 0) return null
  const prototype = {}
  for (const [name, method] of methods) {
    const value = function (this: unknown) {
      return method(this)
    }
    Object.defineProperty(prototype, name, { value })
  }
  return prototype
}
