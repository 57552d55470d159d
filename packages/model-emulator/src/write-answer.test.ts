import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blocksOf } from './passage-blocks.ts'
import { type Passage, THEMES } from './passages/index.ts'
import { CLOSINGS, LONGEST_CLOSING, SHORTEST_CLOSING, TINY_ANSWERS } from './phrases.ts'
import { MOST_WORDS, singular } from './read-question.ts'
import { countWords } from './tell-passages.ts'
import { writeAnswer } from './write-answer.ts'

const passages = THEMES.flat()
const subject = fc.constantFrom(...passages.map(({ name }) => name), 'football', '')
/** Lengths of every kind: each short one, and those in which many passages meet. */
const length = fc.oneof(fc.integer({ min: 1, max: 120 }), fc.integer({ min: 1, max: MOST_WORDS }))
const question = fc.oneof(
  fc.tuple(length, subject).map(([words, about]) => `Write ${words} words about ${about}`),
  fc
    .tuple(fc.constantFrom('Why', 'Explain', 'Tell me briefly about', 'An essay on'), subject)
    .map((all) => all.join(' ')),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
)

/** What an answer is made of, with lists, tables and code beside its paragraphs. */
const blocksIn = (answer: string) => answer.split('\n\n')
const titlesIn = (answer: string) => [...answer.matchAll(/^## (.*)$/gm)].map(([, title]) => title)
const openingOf = (passage: Passage) => blocksOf(passage)[0]![0]!

describe('an answer', () => {
  it('has as many words as it is asked for', () => {
    fc.assert(
      fc.property(length, subject, (words, about) => {
        expect(countWords(writeAnswer(`Write ${words} words about ${about}`))).toBe(words)
      }),
    )
  })

  it('has some hundred words when nothing is asked', () => {
    const lengths = Array.from({ length: 300 }, (_, at) => countWords(writeAnswer(`What of ${at}?`)))
    expect(Math.min(...lengths)).toBeGreaterThan(50)
    expect(Math.max(...lengths)).toBeLessThan(490)
    expect(lengths.reduce((sum, words) => sum + words) / 300).toBeGreaterThan(250)
    expect(new Set(lengths).size).toBeGreaterThan(50)
  })

  it('says once that it is an emulator, at its start', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const answer = writeAnswer(asked)
        expect(answer.match(/emulat/gi)).toHaveLength(1)
        expect(blocksIn(answer)[0]).toMatch(/emulat/i)
        expect(answer.includes('`OPENAI_API_KEY`') || countWords(answer) < 8).toBe(true)
      }),
    )
  })

  it('reads whole: sentences end, and every list, table and code has its beginning and its end', () => {
    fc.assert(
      fc.property(question, (asked) => {
        for (const block of blocksIn(writeAnswer(asked))) {
          if (/^## [A-Z]/.test(block)) continue
          if (block.startsWith('```')) expect(block).toMatch(/^```[a-z]+\n[^`]+\n```$/)
          else if (block.startsWith('|')) expect(block).toMatch(/^\|.*\|\n\|[-|]+\|\n(\|.*\|\n?)+$/)
          else if (/^(- |1\. )/.test(block)) expect(block).toMatch(/^((- |\d\. )[A-Z*].*[.?]\n?){3,}$/)
          else expect(block).toMatch(/^\*?[A-Z].*[.:!?]["*]?$/)
        }
        expect(writeAnswer(asked)).not.toMatch(/:$/)
      }),
    )
  })

  it('has headings, lists, code and tables when it is long', () => {
    const blocks = blocksIn(writeAnswer(`Write ${MOST_WORDS} words`))
    for (const begin of ['## ', '- ', '1. ', '```', '| ']) {
      expect(blocks.filter((block) => block.startsWith(begin)).length).toBeGreaterThan(3)
    }
    expect(titlesIn(writeAnswer('Tell me briefly about bees'))).toEqual([])
  })

  it('is the same for the same question, and another for another', () => {
    const questions = Array.from({ length: 200 }, (_, at) => `Question ${at}: how do tides work?`)
    expect(questions.map(writeAnswer)).toEqual(questions.map(writeAnswer))
    expect(new Set(questions.map(writeAnswer)).size).toBeGreaterThan(150)
  })

  it('is about what is asked', () => {
    for (const passage of passages) {
      const [title] = titlesIn(writeAnswer(`Can you explain ${passage.name} in 500 words, please?`))
      expect(title).toBe(passage.title)
    }
    for (const kind of ['short text', 'list', 'story', 'letter-length page', 'long, detailed essay']) {
      expect(writeAnswer(`Please write a ${kind} about the bees that I keep`)).toContain('honey bee colony')
    }
    expect(writeAnswer('WHY IS THE SKY BLUE?')).toContain('Sunlight looks white')
    expect(writeAnswer('ledgers')).toContain('Double-entry')
  })

  it('quotes nothing of the question', () => {
    const plain = writeAnswer('How do tides work in 300 words?')
    const odd = writeAnswer('How do zqxj tides <b>frobnicate</b> {to} [x](y) in 300 words?')
    expect(odd).not.toMatch(/zqxj|frobnicate|<b>|\{|\[x\]/)
    expect(titlesIn(odd)[0]).toBe(titlesIn(plain)[0])
  })

  it('repeats no passage, however long it is', () => {
    fc.assert(
      fc.property(subject, (about) => {
        const answer = writeAnswer(`Write ${MOST_WORDS} words about ${about}`)
        const titles = titlesIn(answer)
        expect(titles.length).toBeGreaterThan(25)
        expect(new Set(titles).size).toBe(titles.length)
        for (const passage of passages) expect(answer.split(openingOf(passage)).length).toBeLessThanOrEqual(2)
      }),
      { numRuns: 20 },
    )
  })
})

describe('the texts', () => {
  it('are enough for the longest answer', () => {
    expect(passages.reduce((sum, { text }) => sum + countWords(text), 0)).toBeGreaterThan(MOST_WORDS)
  })

  it.each(passages)('are short passages in blocks that belong together: $title', (passage) => {
    const { text, title, name, words } = passage
    expect(countWords(text)).toBeGreaterThan(120)
    expect(countWords(text)).toBeLessThan(280)
    expect(text).not.toMatch(/^#|emulat|\t/im)
    expect(blocksOf(passage).flat().join(' ').replaceAll(/\s+/g, ' ')).toBe(text.trim().replaceAll(/\s+/g, ' '))
    expect(words).toBe(words.toLowerCase())
    const first = blocksOf(passage)[0]!.join(' ')
    expect(words.split(' ').some((word) => first.toLowerCase().includes(word))).toBe(true)
    expect(name.split(' ').some((word) => words.split(' ').map(singular).includes(singular(word)))).toBe(true)
    expect(passages.filter((other) => other.title === title || other.name === name)).toHaveLength(1)
  })

  it('close an answer at any length', () => {
    for (let words = SHORTEST_CLOSING; words <= LONGEST_CLOSING; words++) {
      expect(CLOSINGS.filter((closing) => countWords(closing) === words)).not.toEqual([])
    }
    expect(TINY_ANSWERS.map(countWords)).toEqual(TINY_ANSWERS.map((_, at) => at + 1))
  })
})
