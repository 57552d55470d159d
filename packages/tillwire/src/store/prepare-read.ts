import type { AnswerTo, Driver, StoredDocument, StoredRead } from './driver.ts'
import type { Pipeline } from './pipeline.ts'
import { parseId, parseWhere } from './query/filter.ts'
import { hasPlace, orderValues } from './query/match.ts'
import { decodeAfter, encodeAfter, parseLimit, parseOrder } from './query/page.ts'
import type { AnyCollection, DocumentOf, FindOptions, Page, Read, SystemFields, Where } from './types.ts'

/** A read that is ready for the driver, and what the caller gets of its answer. */
export interface PreparedRead<R extends StoredRead, T> {
  readonly stored: R
  present(answer: AnswerTo<R>): T
}
type ReadOf<Op extends StoredRead['op'], T> = PreparedRead<Extract<StoredRead, { op: Op }>, T>

/** One document as the driver has it. */
export async function readStored(
  driver: Pick<Driver, 'read'>,
  table: string,
  id: string,
): Promise<StoredDocument | null> {
  const [[stored]] = await driver.read({ op: 'get', table, ids: [id] })
  return stored ?? null
}

/** @throws InvalidQuery */
export function prepareGet<C extends AnyCollection>(
  pipeline: Pipeline,
  id: string,
): ReadOf<'get', DocumentOf<C> | null> {
  return {
    stored: { op: 'get', table: pipeline.table.name, ids: [parseId(id)] },
    present: ([stored]) => load<C>(pipeline, stored ?? null),
  }
}

/** @throws InvalidQuery */
export function prepareGetMany<C extends AnyCollection>(
  pipeline: Pipeline,
  ids: readonly string[],
): ReadOf<'get', (DocumentOf<C> | null)[]> {
  return {
    stored: { op: 'get', table: pipeline.table.name, ids: ids.map(parseId) },
    present: (found) => found.map((stored) => load<C>(pipeline, stored)),
  }
}

/** @throws InvalidQuery */
export function prepareFind<C extends AnyCollection>(
  pipeline: Pipeline,
  options: FindOptions,
): ReadOf<'find', Page<DocumentOf<C>>> {
  const { resolver, table } = pipeline
  const filter = parseWhere(options.where ?? {}, resolver)
  const order = parseOrder(options.orderBy, resolver)
  const limit = parseLimit(options.limit)
  const after = options.after === undefined ? null : decodeAfter(options.after, order)
  return {
    stored: {
      op: 'find',
      table: table.name,
      query: { filter, order, after, limit: limit + 1 },
      known: table.schemaVersion,
    },
    present: (found) => {
      // The next page begins behind a document whose place is known, however many beside it cannot be read.
      const placed = found.filter((stored) => hasPlace(stored, order))
      const last = placed[Math.min(limit, placed.length) - 1]
      const page = placed.length > limit && last ? found.slice(0, found.indexOf(last) + 1) : found
      return {
        items: loadPage<C>((stored) => pipeline.load(stored), page, options.setAside),
        next: found.length > limit && last ? encodeAfter(order, orderValues(last, order)) : null,
      }
    },
  }
}

/** @throws InvalidQuery */
export function prepareCount(pipeline: Pipeline, where: Where): ReadOf<'count', number> {
  const { resolver, table } = pipeline
  return {
    stored: { op: 'count', table: table.name, filter: parseWhere(where, resolver), known: table.schemaVersion },
    present: (count) => count,
  }
}

/** A read of a snapshot, whichever it is. */
export function prepareRead(pipeline: Pipeline, read: Read): PreparedRead<StoredRead, unknown> {
  switch (read.op) {
    case 'get':
      return prepareGet(pipeline, read.id)
    case 'getMany':
      return prepareGetMany(pipeline, read.ids)
    case 'find':
      return prepareFind(pipeline, read.options)
    case 'count':
      return prepareCount(pipeline, read.where)
  }
}

/** The documents of a page; those that cannot be read are set aside where somebody is told. */
export function loadPage<C extends AnyCollection>(
  load: (stored: StoredDocument) => SystemFields,
  page: readonly StoredDocument[],
  setAside: FindOptions['setAside'],
): DocumentOf<C>[] {
  if (!setAside) return page.map((stored) => load(stored) as DocumentOf<C>)
  return page.flatMap((stored) => {
    try {
      return [load(stored) as DocumentOf<C>]
    } catch (error) {
      setAside(stored.id, error)
      return []
    }
  })
}

function load<C extends AnyCollection>(pipeline: Pipeline, stored: StoredDocument | null): DocumentOf<C> | null {
  return stored && (pipeline.load(stored) as DocumentOf<C>)
}
