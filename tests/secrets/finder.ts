import { readFileSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { formsOf } from './forms.ts'

/** A secret that is where it must not be. What it is stays unsaid: findings are printed. */
export interface Finding {
  readonly kind: string
  readonly form: string
  readonly place: string
}

interface Pattern {
  readonly kind: string
  readonly form: string
  readonly bytes: Buffer
}

/** Patterns are told apart by their first three bytes. */
const START_BITS = 24

/** Looks for many secrets at once, in every form that they may have. */
export class Finder {
  readonly #byStart = new Map<number, Pattern[]>()
  /** Whether any pattern starts with these three bytes: most places are passed over by this alone. */
  readonly #starts = new Uint8Array(1 << START_BITS)

  constructor(secrets: readonly { readonly kind: string; readonly value: string }[]) {
    for (const { kind, value } of secrets) {
      for (const { name, bytes } of formsOf(value)) {
        const start = bytes.readUIntBE(0, 3)
        const others = this.#byStart.get(start) ?? []
        this.#byStart.set(start, [...others, { kind, form: name, bytes }])
        this.#starts[start] = 1
      }
    }
  }

  /** What is in these bytes; the same finding once. */
  inBytes(bytes: Uint8Array, place: string): Finding[] {
    const found = new Map<string, Finding>()
    const starts = this.#starts
    let start = 0
    for (let end = 0; end < bytes.length; end++) {
      start = ((start << 8) | (bytes[end] as number)) & 0xffffff
      if (end < 2 || starts[start] === 0) continue
      for (const { kind, form, bytes: wanted } of this.#byStart.get(start) ?? []) {
        const from = end - 2
        if (from + wanted.length > bytes.length) continue
        if (wanted.compare(bytes, from, from + wanted.length) !== 0) continue
        found.set(`${kind} ${form}`, { kind, form, place })
      }
    }
    return [...found.values()]
  }

  inFile(path: string, change: (text: Buffer) => Buffer = (text) => text): Finding[] {
    return this.inBytes(change(readFileSync(path)), path)
  }

  /**
   * What is in a SQLite file: in its bytes and those of its log, where deleted rows stay; in every value, which may
   * lie in several pages; and in the bytes of a copy in which no page is left over.
   */
  inStore(path: string): Finding[] {
    const found = [path, `${path}-wal`].flatMap((file) => this.#inFileIfThere(file))
    using db = new DatabaseSync(path)
    const tables = db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all()
    for (const { name } of tables) {
      const rows = db.prepare(`SELECT * FROM "${String(name).replaceAll('"', '""')}"`)
      rows.setReadBigInts(true)
      const place = `${path}, table ${name}`
      for (const row of rows.iterate()) {
        for (const value of Object.values(row)) {
          const isText = typeof value === 'string'
          if (isText || value instanceof Uint8Array)
            found.push(...this.inBytes(isText ? Buffer.from(value) : value, place))
        }
      }
    }
    const copy = `${path}-copy`
    db.prepare('VACUUM INTO ?').run(copy)
    found.push(...this.inFile(copy))
    rmSync(copy)
    return found
  }

  #inFileIfThere(path: string): Finding[] {
    try {
      return this.inFile(path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
  }
}
