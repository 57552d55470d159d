/** What a question asks for, as far as a template needs to know. */
export interface Question {
  /** What it is about, as a phrase that fits into a sentence. */
  readonly topic: string
  /** Its words that carry meaning, in order, each once. */
  readonly keywords: readonly string[]
  /** How many words the answer should have; null when the question does not say. */
  readonly words: number | null
  /** Whether it is a greeting and asks nothing. */
  readonly greeting: boolean
}

const MOST_WORDS = 8_000
const LONG_WORDS = 1_700
const SHORT_WORDS = 45
const TOKENS_A_WORD = 1.3
const MOST_TOPIC_WORDS = 7
const MOST_KEYWORDS = 8
const MOST_QUESTION_READ = 2_000

const COMMON = new Set(
  `a about above after again all also am an and any are as at be because been before being between both but by can
  could did do does doing down during each few for from further had has have having he her here him his how i if in
  into is it its just let like long make may me more most my no nor not now of off on once only or other our out over
  own please same she should so some such tell than that the their them then there these they this those through to
  too under until up us very was we were what when where which while who whom why will with word words would write you
  your give explain describe detail detailed briefly short essay paragraph paragraphs sentence sentences list tokens
  token exactly least many much need want know think help answer question using use used work works`.split(/\s+/),
)
const OPENING =
  /^(please |can you |could you |would you |i want to know |i need to know |tell me |explain |describe |write (me )?(an? )?((very |really )?(long|short|detailed) )?((essay|story|poem|text|article|paragraph|list) )?(about |on |of )?|give me |what (is|are|was|were) |who (is|are|was|were) |how (do|does|did|can|should|to) (i |we |you |one )?|why (is|are|do|does|did) |when (is|are|did|does) |where (is|are|do|does) |about |in detail |briefly |me |us )+/i

/** Reads a question: its subject, its words, and the length it asks for. */
export function readQuestion(text: string): Question {
  const plain = text.slice(0, MOST_QUESTION_READ).replace(/\s+/g, ' ').trim()
  const sentence = plain.split(/[.!?\n]/).find((part) => part.trim() !== '') ?? ''
  const words = (sentence.match(/[\p{L}\p{N}][\p{L}\p{N}'’-]{0,30}/gu) ?? []).map((word) => word.replace(/['’]s$/, ''))
  const all = plain.match(/[\p{L}][\p{L}\p{N}-]{2,30}/gu) ?? []
  const keywords = all.filter(
    (word, at) =>
      !COMMON.has(word.toLowerCase()) && all.findIndex((other) => other.toLowerCase() === word.toLowerCase()) === at,
  )
  const subject = sentence
    .trim()
    .replace(/\b(in )?(about |at least |exactly )?\d[\d,]* (words|tokens)( long)?( (about|on|of))?\b/i, '')
    .replace(/\bin (one|a) (short )?sentence\b/i, '')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(OPENING, '')
    .replace(/\b(work|works|mean|means|in (great |full )?detail|please|briefly)$/i, '')
    .trim()
  const short = subject.split(' ').slice(0, MOST_TOPIC_WORDS).join(' ').slice(0, 80)
  return {
    topic: short || words.slice(0, MOST_TOPIC_WORDS).join(' ').slice(0, 80) || 'this',
    keywords: keywords.slice(0, MOST_KEYWORDS),
    words: wantedWords(plain),
    greeting: /^(hi|hello|hey|good (morning|evening|day))\b[^?]{0,30}$/i.test(plain),
  }
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
