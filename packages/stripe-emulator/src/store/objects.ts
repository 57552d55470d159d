import type { SQLInputValue } from 'node:sqlite'
import type { TimeRange } from '../http/parameters.ts'
import type { Database, Row } from './database.ts'
import type { HiddenOf, Kind, ObjectOf } from './kinds.ts'

/** A condition on a field of the stored object; the path is always written in the source, the value always bound. */
export interface Condition {
  path: `$.${string}`
  equals: string | number
}

export interface Query {
  where?: readonly Condition[]
  created?: TimeRange
  /** A further condition as SQL, written in the source, with its values bound. */
  also?: { sql: string; values: readonly SQLInputValue[] }
  /** Only what is older (`after`) or newer (`before`) than this position. */
  after?: number
  before?: number
  /** Nothing that is newer than this position, as in a list that lags behind. */
  upTo?: number
  limit: number
}

/** Stripe's objects as JSON documents, newest first. */
export class ObjectStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  insert<K extends Kind>(kind: K, object: ObjectOf<K>, hidden: HiddenOf<K>, created: number): void {
    this.#database.run(
      'INSERT INTO objects (id, kind, created, body, hidden) VALUES (?, ?, ?, ?, ?)',
      object.id,
      kind,
      created,
      JSON.stringify(object),
      JSON.stringify(hidden),
    )
  }

  find<K extends Kind>(kind: K, id: string): ObjectOf<K> | undefined {
    const row = this.#row(kind, id)
    return row === undefined || row.deleted === 1 ? undefined : bodyOf(row)
  }

  wasDeleted(kind: Kind, id: string): boolean {
    return this.#row(kind, id)?.deleted === 1
  }

  hidden<K extends Kind>(kind: K, id: string): HiddenOf<K> {
    const row = this.#row(kind, id)
    if (row === undefined) throw new Error(`There is no ${kind} ${id}`)
    return JSON.parse(String(row.hidden))
  }

  replace<K extends Kind>(kind: K, object: ObjectOf<K>): void {
    this.#database.run('UPDATE objects SET body = ? WHERE kind = ? AND id = ?', JSON.stringify(object), kind, object.id)
  }

  hide<K extends Kind>(kind: K, id: string, hidden: HiddenOf<K>): void {
    this.#database.run('UPDATE objects SET hidden = ? WHERE kind = ? AND id = ?', JSON.stringify(hidden), kind, id)
  }

  remove(kind: Kind, id: string): void {
    this.#database.run('UPDATE objects SET deleted = 1 WHERE kind = ? AND id = ?', kind, id)
  }

  /** The place of an object in the order of creation. */
  position(kind: Kind, id: string): number | undefined {
    const row = this.#row(kind, id)
    return row === undefined ? undefined : Number(row.position)
  }

  /** The position of the object that was made last; 0 when there is none. */
  newest(): number {
    return Number(this.#database.get('SELECT max(position) AS newest FROM objects')?.newest ?? 0)
  }

  list<K extends Kind>(kind: K, query: Query): ObjectOf<K>[] {
    const { sql, values } = conditions(kind, query)
    const order = query.before === undefined ? 'DESC' : 'ASC'
    const rows = this.#database.all(
      `SELECT body FROM objects WHERE ${sql} ORDER BY position ${order} LIMIT ?`,
      ...values,
      query.limit,
    )
    const objects = rows.map((row) => bodyOf<K>(row))
    return query.before === undefined ? objects : objects.reverse()
  }

  count(kind: Kind): number {
    const row = this.#database.get('SELECT count(*) AS total FROM objects WHERE kind = ? AND deleted = 0', kind)
    return Number(row?.total)
  }

  #row(kind: Kind, id: string): Row | undefined {
    return this.#database.get('SELECT position, deleted, body, hidden FROM objects WHERE id = ? AND kind = ?', id, kind)
  }
}

function bodyOf<K extends Kind>(row: Row): ObjectOf<K> {
  return JSON.parse(String(row.body))
}

function conditions(kind: Kind, query: Query): { sql: string; values: SQLInputValue[] } {
  const parts = ['kind = ?', 'deleted = 0']
  const values: SQLInputValue[] = [kind]
  const add = (sql: string, ...bound: SQLInputValue[]) => {
    parts.push(sql)
    values.push(...bound)
  }
  for (const { path, equals } of query.where ?? []) add(`json_extract(body, '${path}') = ?`, equals)
  const { gt, gte, lt, lte } = query.created ?? {}
  if (gt !== undefined) add('created > ?', gt)
  if (gte !== undefined) add('created >= ?', gte)
  if (lt !== undefined) add('created < ?', lt)
  if (lte !== undefined) add('created <= ?', lte)
  if (query.after !== undefined) add('position < ?', query.after)
  if (query.before !== undefined) add('position > ?', query.before)
  if (query.upTo !== undefined) add('position <= ?', query.upTo)
  if (query.also !== undefined) add(query.also.sql, ...query.also.values)
  return { sql: parts.join(' AND '), values }
}
