import type { CleanedWhere, CustomAdapter } from 'better-auth/adapters'
import { InternalError, own } from '../../core/index.ts'
import type {
  AnyCollection,
  CollectionReader,
  DocumentOf,
  FindOptions,
  PatchOf,
  Transaction,
} from '../../store/index.ts'
import { whereOf } from './conditions.ts'
import { type AuthTable, ownFields } from './tables.ts'

/** Documents read at once; what matches beyond that takes further pages. */
const PAGE = 1_000

type Row = Record<string, unknown>
type Document = DocumentOf<AnyCollection>
type Patch = PatchOf<AnyCollection>

/** Runs in the transaction of each insertion. */
export type OnInsert = (tx: Transaction, collection: AnyCollection, document: Document) => Promise<void>

/** Where rows are read and written: the store itself, or a transaction of it. */
export interface Scope {
  reader(collection: AnyCollection): Promise<CollectionReader<AnyCollection>>
  write<T>(body: (tx: Transaction) => Promise<T>): Promise<T>
}

/**
 * Better Auth's operations within a scope. Each that writes is a transaction: it holds only when the
 * documents that its condition chose are unchanged, so of many callers that take one row one gets it.
 */
export function operations(
  scope: Scope,
  tables: ReadonlyMap<string, AuthTable>,
  fieldName: (table: string, field: string) => string,
  onInsert?: OnInsert,
): CustomAdapter {
  function tableOf(key: string): AuthTable {
    const table = tables.get(key)
    if (!table) throw new InternalError(`Better Auth asked for "${key}", which is not in its list of tables`)
    return table
  }

  /** Changes the first row that matches; null when none does. */
  function changeOne(
    key: string,
    where: readonly CleanedWhere[],
    change: (document: Document) => Patch,
  ): Promise<Row | null> {
    const table = tableOf(key)
    return scope.write(async (tx) => {
      const documents = tx.collection(table.collection)
      const found = await documents.findOne(whereOf(where))
      return found && rowOf(table, await documents.update(found.id, change(found)))
    })
  }

  /** Removes every row that matches; returns how many. */
  function removeAll(key: string, where: readonly CleanedWhere[]): Promise<number> {
    const { collection } = tableOf(key)
    return scope.write(async (tx) => {
      const documents = tx.collection(collection)
      const found = await findUpTo(documents, { where: whereOf(where) })
      for (const { id } of found) await documents.delete(id)
      return found.length
    })
  }

  return {
    async create<T extends Row>({ model, modelKey = model, data }: { model: string; modelKey?: string; data: T }) {
      const table = tableOf(modelKey)
      const document = await scope.write(async (tx) => {
        const inserted = await tx.collection(table.collection).insert(data)
        await onInsert?.(tx, table.collection, inserted)
        return inserted
      })
      return rowOf(table, document) as T
    },
    async findOne<T>({ model, modelKey = model, where, select }: Parameters<CustomAdapter['findOne']>[0]) {
      const table = tableOf(modelKey)
      const reader = await scope.reader(table.collection)
      const found = await reader.findOne(whereOf(where))
      return found && (rowOf(table, found, columns(modelKey, select)) as T)
    },
    async findMany<T>(query: Parameters<CustomAdapter['findMany']>[0]) {
      const { model, modelKey = model, where, limit, offset = 0, select, sortBy } = query
      const table = tableOf(modelKey)
      const orderBy = sortBy && { [fieldName(modelKey, sortBy.field)]: sortBy.direction }
      const reader = await scope.reader(table.collection)
      const found = await findUpTo(reader, { where: whereOf(where), ...(orderBy && { orderBy }) }, offset + limit)
      return found.slice(offset).map((document) => rowOf(table, document, columns(modelKey, select)) as T)
    },
    async count({ model, modelKey = model, where }) {
      const reader = await scope.reader(tableOf(modelKey).collection)
      return reader.count(whereOf(where))
    },
    async update<T>({ model, modelKey = model, where, update }: Parameters<CustomAdapter['update']>[0]) {
      return (await changeOne(modelKey, where, () => ownFields(update as Row))) as T | null
    },
    async updateMany({ model, modelKey = model, where, update }) {
      const { collection } = tableOf(modelKey)
      return scope.write(async (tx) => {
        const documents = tx.collection(collection)
        const found = await findUpTo(documents, { where: whereOf(where) })
        for (const { id } of found) await documents.update(id, ownFields(update))
        return found.length
      })
    },
    async incrementOne<T>(query: Parameters<NonNullable<CustomAdapter['incrementOne']>>[0]) {
      const { model, modelKey = model, where, increment, set = {} } = query
      return (await changeOne(modelKey, where, (document) => ({
        ...ownFields(set),
        ...incremented(document, increment),
      }))) as T | null
    },
    async delete({ model, modelKey = model, where }) {
      await removeAll(modelKey, where)
    },
    async deleteMany({ model, modelKey = model, where }) {
      return removeAll(modelKey, where)
    },
    async consumeOne<T>({ model, modelKey = model, where }: Parameters<NonNullable<CustomAdapter['consumeOne']>>[0]) {
      const table = tableOf(modelKey)
      return scope.write(async (tx) => {
        const documents = tx.collection(table.collection)
        const found = await documents.findOne(whereOf(where))
        if (found) await documents.delete(found.id)
        return found && (rowOf(table, found) as T)
      })
    },
  }

  function columns(key: string, select: readonly string[] | undefined): readonly string[] | undefined {
    return select && select.length > 0 ? select.map((field) => fieldName(key, field)) : undefined
  }
}

/** All that match, or the first `most`, over as many pages as that takes. */
async function findUpTo(
  reader: CollectionReader<AnyCollection>,
  options: FindOptions,
  most = Number.POSITIVE_INFINITY,
): Promise<Document[]> {
  const found: Document[] = []
  let after: string | null | undefined
  while (found.length < most && after !== null) {
    const limit = Math.min(PAGE, most - found.length)
    const page = await reader.find({ ...options, limit, ...(after !== undefined && { after }) })
    found.push(...page.items)
    after = page.next
  }
  return found
}

/** A document as a row of its table: what is absent is null, as Better Auth knows it from SQL. */
function rowOf({ fields }: AuthTable, document: Document, columns: readonly string[] = ['id', ...fields]): Row {
  const values = document as Row
  return Object.fromEntries(columns.map((name) => [name, own(values, name) ?? null]))
}

function incremented(document: Document, increment: Readonly<Record<string, number>>): Patch {
  const values = document as Row
  return Object.fromEntries(Object.entries(increment).map(([name, by]) => [name, Number(own(values, name) ?? 0) + by]))
}
