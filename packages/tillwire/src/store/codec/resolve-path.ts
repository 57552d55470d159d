import { isPlainText, own } from '../../core/index.ts'
import { SEGMENT } from '../collection.ts'
import { InvalidQuery } from '../errors.ts'
import type { PathResolver, ResolvedPath, StoredPath } from '../query/filter.ts'
import { type PathType, typeOfPath } from '../query/path.ts'
import type { AnyCollection } from '../types.ts'
import type { Encryption } from './encryption.ts'
import { MAX_DEPTH } from './json.ts'

/** How many resolved paths a collection remembers; records may have any number of keys. */
const MAX_REMEMBERED = 500

const COLUMNS: Readonly<Record<string, PathType>> = {
  id: 'text',
  version: 'number',
  createdAt: 'text',
  updatedAt: 'text',
}
const noBlind = () => []

/** Where the store keeps a document's id. */
export const ID_PATH: StoredPath = { column: 'id', segments: [], type: 'text' }
/** Where it keeps which version of the schema a document was written by. */
export const SCHEMA_VERSION_PATH: StoredPath = { column: 'schemaVersion', segments: [], type: 'number' }

/** Maps the paths of a collection to where their values are stored. */
export function createPathResolver(collection: AnyCollection, encryption: Encryption | null): PathResolver {
  const remembered = new Map<string, ResolvedPath>()
  return {
    resolve(name) {
      const known = remembered.get(name)
      if (known) return known
      const resolved = resolve(name)
      if (remembered.size < MAX_REMEMBERED) remembered.set(name, resolved)
      return resolved
    },
  }

  function resolve(name: string): ResolvedPath {
    const column = Object.hasOwn(COLUMNS, name) ? (name as StoredPath['column']) : null
    if (column)
      return { path: { column, segments: [], type: COLUMNS[column] ?? 'text' }, encryption: null, blind: noBlind }

    const segments = name.split('.', MAX_DEPTH + 1)
    const isPath = segments.length <= MAX_DEPTH && isPlainText(name) && segments.every((one) => SEGMENT.test(one))
    const type = isPath ? typeOfPath(collection.schema, segments) : null
    if (type === null) throw new InvalidQuery(`"${name}" is not a path of "${collection.name}"`, { path: name })

    const [field = ''] = segments
    const mode = collection.hashed.includes(field) ? 'hashed' : (own(collection.encrypted, field) ?? null)
    if (mode === null) return { path: { column: null, segments, type }, encryption: null, blind: noBlind }
    if (segments.length > 1) throw new InvalidQuery(`"${name}" lies inside an encrypted field`, { path: name })
    if (mode !== 'searchable' || !encryption)
      return { path: { column: null, segments, type: 'any' }, encryption: mode, blind: noBlind }
    return {
      path: { column: null, segments: [field, 'index'], type: 'text' },
      encryption: mode,
      blind: (value) => encryption.blindIndexes(value, { collection: collection.name, field }),
    }
  }
}
