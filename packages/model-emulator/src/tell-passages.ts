import { type Block, blocksOf } from './passage-blocks.ts'
import type { Passage } from './passages/index.ts'
import { SHORTEST_CLOSING, TRANSITIONS } from './phrases.ts'
import type { Random } from './random.ts'

/** How passages are told. */
export interface Telling {
  /** At most so many words. */
  readonly room: number
  /** Whether a closing will fill the room to the word: a passage may then end after any sentence. */
  readonly exact: boolean
  readonly headings: boolean
}
export interface Told {
  readonly blocks: readonly string[]
  /** The words of the room that were not used: none, or enough for a closing when it is `exact`. */
  readonly left: number
  /** Whether the last passage came to its end. */
  readonly whole: boolean
  /** The passages that were not begun. */
  readonly untold: readonly Passage[]
}

/** With less room, in words, no further passage is begun. */
const LEAST_OF_A_SECTION = { exact: 45, loose: 80 }

/** Tells passages one after the other, each at most once, with a transition between them. */
export function tellPassages(passages: readonly Passage[], telling: Telling, random: Random): Told {
  const transitions = random.shuffle(TRANSITIONS)
  const least = LEAST_OF_A_SECTION[telling.exact ? 'exact' : 'loose']
  let told: Told = { blocks: [], left: telling.room, whole: true, untold: passages }
  for (const [at, passage] of passages.entries()) {
    if (at > 0 && (told.left < least || !(told.whole || telling.exact))) break
    const transition = transitions[at % transitions.length] ?? ''
    const previous = passages[at - 1]
    const lead = previous ? `${fillIn(transition, previous, passage)} ` : ''
    const heading = telling.headings ? `## ${passage.title}` : null
    const next = tellOne(blocksOf(passage), { heading, lead, room: told.left, exact: telling.exact })
    if (next.blocks.length === 0) break
    told = { ...next, blocks: [...told.blocks, ...next.blocks], untold: passages.slice(at + 1) }
  }
  return told
}

/** As much of one passage as there is room for: it ends before the first part that finds none. */
function tellOne(
  blocks: readonly Block[],
  { heading, lead, room, exact }: { heading: string | null; lead: string; room: number; exact: boolean },
): Omit<Told, 'untold'> {
  let left = room - (heading ? countWords(heading) : 0) - countWords(lead)
  const fits = (words: number) => words === left || words <= left - (exact ? SHORTEST_CLOSING : 0)
  const told: string[] = []
  let whole = true
  for (const block of blocks) {
    const parts: string[] = []
    for (const part of exact ? block : [block.join(' ')]) {
      const words = countWords(part)
      whole = fits(words)
      if (!whole) break
      parts.push(part)
      left -= words
    }
    if (parts.length > 0) told.push(parts.join(' '))
    if (!whole) break
  }
  const [first, ...others] = told
  if (first === undefined) return { blocks: [], left: room, whole: false }
  return { blocks: [...(heading ? [heading] : []), lead + first, ...others], left, whole }
}

const fillIn = (transition: string, from: Passage, to: Passage) =>
  transition.replaceAll('{from}', from.name).replaceAll('{to}', to.name)

/** What stands between white space, signs of Markdown included. */
export const countWords = (text: string) => text.match(/\S+/g)?.length ?? 0
