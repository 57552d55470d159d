import { hash } from 'node:crypto'
import { SCHEMA_VERSION_PATH } from './codec/resolve-path.ts'
import type { IndexSpec, StoredDocument } from './driver.ts'
import { NotFound, UniqueViolation, UpgradeFailed, VersionConflict } from './errors.ts'
import type { Pipeline } from './pipeline.ts'
import { EVERYTHING, type StoredFilter } from './query/filter.ts'
import { valueAt } from './query/match.ts'
import { readAll } from './read-all.ts'
import type { SteadyDriver } from './steady-driver.ts'

/** How many ids of documents that repeat unique values are told. */
const TOLD_IDS = 5

/**
 * Upgrades every older document of a collection in memory, and judges its uniqueness as it would be after that. Changes
 * nothing; of each document a digest of its unique values is kept meanwhile.
 * @throws UpgradeFailed, of the first document that cannot be upgraded, or of those that would not differ
 */
export async function judgeUpgrade(driver: SteadyDriver, pipeline: Pipeline, from: number): Promise<void> {
  const { name, schemaVersion, indexes } = pipeline.table
  const uniques = indexes.filter(({ unique }) => unique).map((spec) => new Uniqueness(spec))
  for await (const batch of readAll(driver, name, uniques.length > 0 ? EVERYTHING : older(pipeline)))
    for (const stored of batch) {
      const upgraded = stored.schemaVersion < schemaVersion ? pipeline.upgrade(stored) : asOfToday(pipeline, stored)
      for (const one of uniques) one.add(upgraded)
    }
  for (const { fields, repeated } of uniques) {
    const [id] = repeated.ids
    if (id === undefined) continue
    const cause = new UniqueViolation({ collection: name, fields, repeated })
    throw new UpgradeFailed({ collection: name, id, from, to: schemaVersion, repeated }, cause)
  }
}

/**
 * Brings documents of older schema versions up to date, a batch at a time; returns how many there were. Another process
 * may do the same: whoever comes second has nothing left to do. Uniqueness is that of the end: no unique index and no
 * claim may be in force meanwhile.
 * @throws UpgradeFailed, of a document that was written since it was judged: batches before it stay upgraded
 */
export async function upgradeDocuments(
  driver: SteadyDriver,
  pipeline: Pipeline,
  onUpgrade: (documents: number) => void,
): Promise<number> {
  let documents = 0
  for await (const batch of readAll(driver, pipeline.table.name, older(pipeline))) {
    documents += batch.length
    await Promise.all(batch.map((stored) => rewrite(driver, pipeline, stored)))
    onUpgrade(documents)
  }
  return documents
}

async function rewrite(driver: SteadyDriver, pipeline: Pipeline, stored: StoredDocument): Promise<void> {
  const document = pipeline.upgrade(stored)
  try {
    await driver.commit({ writes: [{ op: 'rewrite', table: pipeline.table.name, document }], requires: [] })
  } catch (error) {
    // Written or removed meanwhile, by a program that knows the new shape or whose writes are upgraded when read.
    if (!VersionConflict.is(error) && !NotFound.is(error)) throw error
  }
}

function older({ table }: Pipeline): StoredFilter {
  return { kind: 'compare', path: SCHEMA_VERSION_PATH, test: 'lt', value: table.schemaVersion }
}

/** A document that is not to be upgraded, under the key of today. One that cannot be read is as it is. */
function asOfToday(pipeline: Pipeline, stored: StoredDocument): StoredDocument {
  try {
    return pipeline.upgrade(stored)
  } catch {
    return stored
  }
}

/** Which documents would not differ in what is to be unique. */
class Uniqueness {
  readonly fields: readonly string[]
  readonly #spec: IndexSpec
  /** By the digest of its values: the id of the only document that has them, or null when there are several. */
  readonly #owners = new Map<string, string | null>()
  #documents = 0
  #ids: string[] = []

  constructor(spec: IndexSpec) {
    this.fields = spec.fields
    this.#spec = spec
  }

  get repeated(): { readonly documents: number; readonly ids: readonly string[] } {
    return { documents: this.#documents, ids: this.#ids }
  }

  add(stored: StoredDocument): void {
    const values = this.#spec.paths.map((path) => valueAt(stored, path) ?? null)
    if (values.includes(null)) return
    const digest = hash('sha256', JSON.stringify(values), 'base64')
    const owner = this.#owners.get(digest)
    this.#owners.set(digest, owner === undefined ? stored.id : null)
    if (owner === undefined) return
    const repeating = owner === null ? [stored.id] : [owner, stored.id]
    this.#documents += repeating.length
    this.#ids = [...this.#ids, ...repeating].sort().slice(0, TOLD_IDS)
  }
}
