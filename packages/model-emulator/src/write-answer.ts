import { type Choice, choosePassages } from './choose-passages.ts'
import type { Passage } from './passages/index.ts'
import {
  CLOSINGS,
  GREETINGS,
  LONGEST_CLOSING,
  NOTICES,
  NOTICES_OF_ANOTHER_SUBJECT,
  OUTLOOKS,
  SHORTEST_CLOSING,
  TINY_ANSWERS,
} from './phrases.ts'
import { type Random, randomFrom } from './random.ts'
import { readQuestion } from './read-question.ts'
import { countWords, tellPassages } from './tell-passages.ts'

/** About how many words an answer has when the question does not say. */
const FEWEST_UNASKED = 90
const MOST_UNASKED = 420
/** By how much such an answer may be longer, to end with a paragraph. */
const SPARE_WORDS = 60
/** Shorter answers have no headings. */
const HEADINGS_FROM_WORDS = 170
/** A notice takes at most this part of an answer, unless it is the shortest. */
const NOTICE_PART = 1 / 4

/**
 * An answer to a question, in Markdown: a sentence that says that it is an emulator's, and passages of our own,
 * none of them twice. The same question always gets the same answer. A number of words that is asked for is
 * kept to the word, with whole sentences.
 */
export function writeAnswer(text: string): string {
  const random = randomFrom(text)
  const question = readQuestion(text)
  if (question.greeting) return random.pick(GREETINGS)
  const exact = question.words !== null
  const words = question.words ?? random.between(FEWEST_UNASKED, MOST_UNASKED)
  const tiny = TINY_ANSWERS[words - 1]
  if (tiny !== undefined) return tiny

  const choice = choosePassages(question.keywords, random)
  const notice = noticeFor(choice, words, random)
  const room = words - countWords(notice) + (exact ? 0 : SPARE_WORDS)
  const told = tellPassages(choice.passages, { room, exact, headings: words >= HEADINGS_FROM_WORDS }, random)
  const closing = exact ? closingOf(told.left, told.untold, random) : told.whole ? '' : random.pick(CLOSINGS)
  return [notice, ...told.blocks, closing].filter((block) => block !== '').join('\n\n')
}

/** Says that this is an emulator, in few words when the answer has few. */
function noticeFor({ passages: [first], found }: Choice, words: number, random: Random): string {
  const [shortest, ...others] = NOTICES
  const all =
    found || !first ? others : NOTICES_OF_ANOTHER_SUBJECT.map((notice) => notice.replace('{name}', first.name))
  const fitting = all.filter((notice) => countWords(notice) <= words * NOTICE_PART)
  return `*${random.shuffle(fitting)[0] ?? shortest}*`
}

/** Sentences of so many words together, none of them twice. */
function closingOf(words: number, [next, later]: readonly Passage[], random: Random): string {
  const outlook =
    next && later
      ? random.pick(OUTLOOKS).replace('{next}', next.name).replace('{later}', later.name)
      : random.pick(CLOSINGS)
  const sentences = [...new Set([outlook, ...random.shuffle(CLOSINGS)])]
  for (let number = Math.ceil(words / LONGEST_CLOSING); number <= sentences.length; number++) {
    const found = pickByLength(words, number, sentences)
    if (found) return found.toReversed().join(' ')
  }
  throw new Error(`No closing has ${words} words.`)
}

/** `number` of the sentences, in their order, that have `words` words together; null when there are none. */
function pickByLength(words: number, number: number, sentences: readonly string[]): readonly string[] | null {
  if (number === 0) return words === 0 ? [] : null
  if (words < number * SHORTEST_CLOSING) return null
  for (const [at, sentence] of sentences.entries()) {
    const rest = pickByLength(words - countWords(sentence), number - 1, sentences.slice(at + 1))
    if (rest) return [sentence, ...rest]
  }
  return null
}
