import type { StoredCommit } from '../driver.ts'
import type { Connection } from './connection.ts'
import type { DocumentRow } from './document-row.ts'
import { packFound, packInsertion } from './packed-change.ts'

/** A row of the feed ends when it has this many changes, or this much text: it is read and parsed whole. */
const MAX_ROW_CHANGES = 256
const MAX_ROW_CHARACTERS = 1_000_000

const INSERT = 'INSERT INTO _changes (position, at, commit_id, changes, collection, body) VALUES (?, ?, ?, ?, ?, ?)'

/**
 * Writes the changes of one commit to the feed: those of one collection that follow one another are one row.
 * With a row each the feed cost a quarter of all that a movement of credits costs.
 */
export class ChangeRecorder {
  readonly #connection: Connection
  readonly #commit: Pick<StoredCommit, 'id' | 'at'>
  #position: number
  #collection = ''
  #body: string[] = []
  #characters = 0

  /** `head` is the position of the last change so far. */
  constructor(connection: Connection, head: number, commit: Pick<StoredCommit, 'id' | 'at'>) {
    this.#connection = connection
    this.#commit = commit
    this.#position = head
  }

  /** Returns the position of the change, as do the others. */
  inserted(collection: string, id: string, version: number): number {
    return this.#add(collection, packInsertion(id, version))
  }

  replaced(collection: string, found: DocumentRow): number {
    return this.#add(collection, packFound(found, 0))
  }

  removed(collection: string, found: DocumentRow): number {
    return this.#add(collection, packFound(found, 1))
  }

  /** Writes what is left. */
  end(): void {
    if (this.#body.length === 0) return
    const { id, at } = this.#commit
    this.#connection
      .prepare(INSERT)
      .run(this.#position, at, id, this.#body.length, this.#collection, `[${this.#body.join(',')}]`)
    this.#body = []
    this.#characters = 0
  }

  #add(collection: string, change: string): number {
    const isFull = this.#body.length === MAX_ROW_CHANGES || this.#characters > MAX_ROW_CHARACTERS
    if (isFull || collection !== this.#collection) this.end()
    this.#collection = collection
    this.#body.push(change)
    this.#characters += change.length
    return ++this.#position
  }
}
