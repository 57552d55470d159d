import { insert, remove, replace, type Store, type Write } from '../store/index.ts'
import { cutBefore } from './cut-text.ts'
import { answerLog } from './schema.ts'

/** A document of the log. */
export interface LogPiece {
  readonly id: string
  readonly version: number
  readonly offset: number
  readonly end: number
  readonly text: string
}
/** The documents that hold an answer's text, in its order: those put together, and those since then. */
export interface LogPieces {
  readonly chunks: readonly LogPiece[]
  readonly loose: readonly LogPiece[]
}
export const emptyLog: LogPieces = { chunks: [], loose: [] }

/** So many pieces become one: no commit touches many, and none is written often. */
const PIECES_A_CHUNK = 64
/** Ids are in the order of the text as long as it has fewer than a thousand million characters. */
const OFFSET_DIGITS = 9
const LOG_PAGE = 500
/** The most text that is told at once, in characters. */
const MOST_TOLD = 16_384

/** The id of the piece that ends at `end`. */
export function logId(answerId: string, end: number): string {
  return `${answerId}/${String(end).padStart(OFFSET_DIGITS, '0')}`
}

/** The writes that add a text, and the log after them. Every 64 pieces become one, in the same commit. */
export function addToLog(log: LogPieces, answerId: string, text: string): { log: LogPieces; writes: Write[] } {
  const offset = (log.loose.at(-1) ?? log.chunks.at(-1))?.end ?? 0
  const end = offset + text.length
  const piece: LogPiece = { id: logId(answerId, end), version: 1, offset, end, text }
  if (log.loose.length + 1 < PIECES_A_CHUNK)
    return { log: { ...log, loose: [...log.loose, piece] }, writes: [insert(answerLog, fieldsOf(piece))] }
  const chunk = { ...piece, ...joined([...log.loose, piece]) }
  const writes = [...log.loose.map(removal), insert(answerLog, fieldsOf(chunk))]
  return { log: { chunks: [...log.chunks, chunk], loose: [] }, writes }
}

/** The writes that make the whole log one document. */
export function makeOne({ chunks, loose }: LogPieces): Write[] {
  const pieces = [...chunks, ...loose]
  const last = pieces.at(-1)
  if (!last || pieces.length === 1) return []
  const whole = replace(answerLog, last.id, joined(pieces), { ifVersion: last.version })
  return [...pieces.slice(0, -1).map(removal), whole]
}

/** The log as it is stored. */
export async function loadLog(store: Store, answerId: string): Promise<LogPieces> {
  const loose: LogPiece[] = []
  for await (const piece of readPieces(store, answerId, 0)) loose.push(piece)
  return { chunks: [], loose }
}

/** The text from `offset` on as far as it goes now, in parts of at most 16,384 characters. */
export async function* readText(
  store: Store,
  answerId: string,
  offset: number,
): AsyncGenerator<{ readonly offset: number; readonly text: string }> {
  let position = offset
  for await (const piece of readPieces(store, answerId, offset)) {
    position = Math.max(position, piece.offset)
    while (position < piece.end) {
      const from = position - piece.offset
      const text = piece.text.slice(from, cutBefore(piece.text, from + MOST_TOLD))
      yield { offset: position, text }
      position += text.length
    }
  }
}

/**
 * Pieces from `offset` on. Whether they are put together meanwhile makes no difference: each page begins
 * where the one before ended, and a piece is found by its end.
 */
async function* readPieces(store: Store, answerId: string, offset: number): AsyncGenerator<LogPiece> {
  for (let position = offset; ; ) {
    const where = { id: { gt: logId(answerId, position), lt: `${answerId}/:` } }
    const { items } = await store.collection(answerLog).find({ where, orderBy: { id: 'asc' }, limit: LOG_PAGE })
    yield* items
    if (items.length < LOG_PAGE) return
    position = items.at(-1)?.end ?? position
  }
}

function joined(pieces: readonly LogPiece[]) {
  const [first] = pieces
  const text = pieces.map((piece) => piece.text).join('')
  const offset = first?.offset ?? 0
  return { offset, end: offset + text.length, text }
}

const fieldsOf = ({ id, offset, end, text }: LogPiece) => ({ id, offset, end, text })
const removal = ({ id, version }: LogPiece) => remove(answerLog, id, { ifVersion: version })
