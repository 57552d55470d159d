/** What a question asks for, as far as it decides the answer. */
export interface Question {
  /** Its words in lower case and in the singular, in order, each once; `emoji` for any pictograph. */
  readonly keywords: readonly string[]
  /** How many words the answer should have; null when the question does not say. */
  readonly words: number | null
  /** Whether it is a greeting and asks nothing. */
  readonly greeting: boolean
}

/** Of an answer. */
export const MOST_WORDS = 8_000
const LONG_WORDS = 1_700
const SHORT_WORDS = 45
const TOKENS_A_WORD = 1.3
const MOST_QUESTION_READ = 2_000

/** Reads a question: its words, and the length it asks for. */
export function readQuestion(text: string): Question {
  const plain = text.slice(0, MOST_QUESTION_READ).replace(/\s+/g, ' ').trim()
  const found = plain.match(/[\p{L}\p{N}]+|\p{Extended_Pictographic}/gu) ?? []
  const keywords = found.map((word) => (/[\p{L}\p{N}]/u.test(word) ? singular(word) : 'emoji'))
  return {
    keywords: [...new Set(keywords)],
    words: wantedWords(plain),
    greeting: /^(hi|hello|hey|good (morning|evening|day))\b[^?]{0,30}$/i.test(plain),
  }
}

/** A word in the form in which words are compared: roughly its singular, in lower case. */
export function singular(word: string): string {
  return word
    .toLowerCase()
    .replace(/(?<=..)ies$/, 'y')
    .replace(/(?<=ss|x|ch|sh)es?$/, '')
    .replace(/(?<=..[^s])s$/, '')
}

function wantedWords(text: string): number | null {
  const asked = /\b(\d[\d,]{0,6}) (word|token)s?\b/i.exec(text)
  if (asked) {
    const number = Number((asked[1] ?? '').replaceAll(',', ''))
    const words = asked[2]?.toLowerCase() === 'token' ? Math.ceil(number / TOKENS_A_WORD) : number
    return Math.max(1, Math.min(MOST_WORDS, words))
  }
  if (/\b(long|essay|in detail|detailed|thorough|in depth|comprehensive|everything)\b/i.test(text)) return LONG_WORDS
  if (/\b(short|brief|briefly|one sentence|in a sentence|tl;?dr)\b/i.test(text)) return SHORT_WORDS
  return null
}
