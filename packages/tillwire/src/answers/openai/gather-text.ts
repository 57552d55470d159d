import { ModelFailed } from '../errors.ts'

/** Where in a response a text belongs: a message, and a part of its content. */
export interface PartPlace {
  /** What identifies the message: its id, else its index. */
  readonly item: string
  readonly outputIndex: number
  readonly contentIndex: number
}
interface Part {
  readonly place: PartPlace
  told: string
  waiting: string
  done: boolean
}
/** Parts of one response. */
const MOST_PARTS = 1_000
/** How much text may wait for an earlier part's end, in characters; then that part counts as done. */
const MOST_WAITING = 65_536

/**
 * Puts the text of a response together from its events, each character once. Pieces and whole texts may both
 * come, or either alone; parts come one after the other, also when their pieces take turns.
 */
export class GatheredText {
  readonly #parts = new Map<string, Part>()
  #current: Part | null = null
  #told = ''
  #waiting = 0

  get isEmpty(): boolean {
    return this.#told === ''
  }

  /** A piece of a part; returns the text that can be told now. */
  addPiece(place: PartPlace, piece: string): string {
    const part = this.#partAt(place)
    part.waiting += piece
    this.#waiting += piece.length
    part.done = false
    return this.#tell()
  }

  /** A part as a whole, at its end. What was told of it is not told again; a text that differs from it is not believed. */
  endPart(place: PartPlace, text: string): string {
    const part = this.#partAt(place)
    this.#extend(part, text)
    part.done = true
    return this.#tell()
  }

  /** The response as a whole, at its end; null when it was not told. Returns what was still missing. */
  end(text: string | null): string {
    for (const part of this.#parts.values()) part.done = true
    const rest = this.#tell()
    if (!text?.startsWith(this.#told)) return rest
    const missing = text.slice(this.#told.length)
    this.#told = text
    return rest + missing
  }

  #extend(part: Part, text: string): void {
    const known = part.told + part.waiting
    if (!text.startsWith(known)) return
    this.#waiting += text.length - known.length
    part.waiting += text.slice(known.length)
  }

  #partAt(place: PartPlace): Part {
    const key = `${place.item}:${place.contentIndex}`
    const known = this.#parts.get(key)
    if (known) return known
    if (this.#parts.size === MOST_PARTS) throw new ModelFailed('its response has more parts than any answer')
    const part = { place, told: '', waiting: '', done: false }
    this.#parts.set(key, part)
    return part
  }

  #tell(): string {
    let text = ''
    for (;;) {
      this.#current ??= this.#next()
      if (!this.#current) break
      const { waiting, done } = this.#current
      text += waiting
      this.#current.told += waiting
      this.#current.waiting = ''
      this.#waiting -= waiting.length
      if (!done && this.#waiting <= MOST_WAITING) break
      this.#current = null
    }
    this.#told += text
    return text
  }

  /** The first part, by its place, of which something waits. */
  #next(): Part | null {
    const waiting = [...this.#parts.values()].filter((part) => part.waiting !== '')
    const [first = null] = waiting.toSorted(
      ({ place: a }, { place: b }) => a.outputIndex - b.outputIndex || a.contentIndex - b.contentIndex,
    )
    return first
  }
}
