import { CLOSINGS, GREETINGS, HEADINGS, OPENINGS, POINTS, SENTENCES } from './phrases.ts'
import { type Random, randomFrom } from './random.ts'
import { type Question, readQuestion } from './read-question.ts'

/** How many words an answer has when the question does not say. */
const FEWEST_WORDS = 90
const MOST_WORDS = 420
/** Shorter answers have no headings. */
const HEADINGS_FROM_WORDS = 170
const SPARE_WORDS: readonly [string, ...string[]] = ['the context', 'the details', 'timing', 'the goal', 'scale']

/**
 * An answer to a question, in Markdown, made of templates over the question's own words. The same
 * question always gets the same answer; different ones differ in text and length.
 */
export function writeAnswer(text: string): string {
  const random = randomFrom(text)
  const question = readQuestion(text)
  if (question.greeting) return random.pick(GREETINGS)
  const words = question.words ?? random.between(FEWEST_WORDS, MOST_WORDS)
  const fill = filler(question, random)
  const answer = words < HEADINGS_FROM_WORDS ? plainAnswer(words, fill, random) : sections(words, fill, random)
  return question.words === null ? answer : firstWords(answer, words)
}

/** Paragraphs only, at least `words` long. */
function plainAnswer(words: number, fill: Fill, random: Random): string {
  const parts = [fill(random.pick(OPENINGS))]
  const next = cycle(SENTENCES, random)
  while (countWords(parts) < words - 12) parts.push(paragraph(fill, next, random.between(2, 4)))
  return [...parts, fill(random.pick(CLOSINGS))].join('\n\n')
}

/** Headed sections with paragraphs and lists, at least `words` long. */
function sections(words: number, fill: Fill, random: Random): string {
  const parts = [fill(random.pick(OPENINGS))]
  const sentence = cycle(SENTENCES, random)
  const heading = cycle(HEADINGS, random)
  const point = cycle(POINTS, random)
  while (countWords(parts) < words) {
    parts.push(`## ${heading()}`, paragraph(fill, sentence, random.between(3, 5)))
    const kind = random.between(0, 3)
    if (kind === 0) parts.push(list(random.between(3, 5), () => '-', fill, point))
    if (kind === 1) parts.push(list(random.between(3, 4), (number) => `${number}.`, fill, point))
    if (kind === 2) parts.push(paragraph(fill, sentence, random.between(2, 4)))
  }
  return [...parts, fill(random.pick(CLOSINGS))].join('\n\n')
}

type Fill = (template: string) => string

function filler(question: Question, random: Random): Fill {
  const [first = 'it', ...others] = question.keywords.length > 0 ? question.keywords : [random.pick(SPARE_WORDS)]
  const words: readonly [string, ...string[]] = [first, ...others, ...random.shuffle(SPARE_WORDS).slice(0, 2)]
  return (template) => {
    const a = random.pick(words)
    const b = words[(words.indexOf(a) + 1) % words.length] ?? first
    const sentence = template
      .replaceAll('{topic}', question.topic)
      .replaceAll('{a}', a)
      .replaceAll('{b}', b)
      .replaceAll('{A}', capital(a))
      .replaceAll('{B}', capital(b))
    return sentence.replace(
      /^(\*\*)?(.)/su,
      (_, bold: string | undefined, letter: string) => `${bold ?? ''}${capital(letter)}`,
    )
  }
}

function paragraph(fill: Fill, next: () => string, sentences: number): string {
  return Array.from({ length: sentences }, () => fill(next())).join(' ')
}

function list(length: number, mark: (number: number) => string, fill: Fill, next: () => string): string {
  return Array.from({ length }, (_, index) => `${mark(index + 1)} ${fill(next())}`).join('\n')
}

/** Goes through the items in a shuffled order, and shuffles again at the end. */
function cycle(items: readonly string[], random: Random): () => string {
  let left: string[] = []
  return () => {
    if (left.length === 0) left = random.shuffle(items)
    return left.pop() ?? ''
  }
}

function firstWords(text: string, words: number): string {
  const match = new RegExp(`^(?:\\s*\\S+){1,${words}}`).exec(text)
  const cut = (match?.[0] ?? text).replace(/[\s#*,;:-]+$/, '')
  return /[.!?]$/.test(cut) ? cut : `${cut}.`
}

const countWords = (parts: readonly string[]) => parts.join(' ').split(/\s+/).length
const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)
