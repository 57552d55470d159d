import { monitorEventLoopDelay } from 'node:perf_hooks'
import fc from 'fast-check'
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { describe, expect, it } from 'vitest'
import { addText, addTextWithin, countPromptTokens, emptyCount } from './count-tokens.ts'

const PROSE = 'The river rises in the hills, and by the time it reaches the sea it is wide. '.repeat(40)
const FRAME = 7

/** Numbers below `most` in no order, the same at each run. */
function numbers(most: number): () => number {
  let state = 12_345
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((state / 2 ** 32) * most)
  }
}
const characters = (first: number, kinds: number) => {
  const next = numbers(kinds)
  return Array.from({ length: 100_000 }, () => String.fromCharCode(first + next())).join('')
}
/** 100,000 characters of a few kinds, none with a space. */
const ODD_PROMPTS: [string, string][] = [
  ['one letter', 'a'.repeat(100_000)],
  ['letters', characters(97, 26)],
  ['ideographs', characters(0x4e00, 20_000)],
]

describe('countPromptTokens', () => {
  it.each(ODD_PROMPTS)('does not hold up the process with 100,000 characters: %s', async (_, content) => {
    await countPromptTokens([{ role: 'user', content: 'warm up' }])
    const delay = monitorEventLoopDelay({ resolution: 5 })
    delay.enable()
    const tokens = await countPromptTokens([{ role: 'user', content }])
    delay.disable()
    expect(tokens).toBeGreaterThan(1_000)
    expect(delay.max / 1e6).toBeLessThan(100)
  })

  it('agrees with the tokenizer within 2 % on prose', async () => {
    const ours = (await countPromptTokens([{ role: 'user', content: PROSE }])) - FRAME
    expect(Math.abs(ours - countTokens(PROSE))).toBeLessThanOrEqual(countTokens(PROSE) * 0.02)
  })

  it('counts what looks like a special token as text', async () => {
    expect(await countPromptTokens([{ role: 'user', content: '<|endoftext|>' }])).toBeGreaterThan(FRAME + 1)
  })
})

describe('addText', () => {
  it('comes to about the same however the text is cut', async () => {
    const whole = (await addText(emptyCount, PROSE)).total
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 40 }), async (lengths) => {
        let count = emptyCount
        let at = 0
        for (let turn = 0; at < PROSE.length; turn++) {
          const length = lengths[turn % lengths.length] ?? 1
          count = await addText(count, PROSE.slice(at, at + length))
          at += length
        }
        expect(Math.abs(count.total - whole)).toBeLessThanOrEqual(whole * 0.02)
      }),
      { numRuns: 20 },
    )
  })
})

describe('addTextWithin', () => {
  it('adds a beginning of the text that stays within the limit, whole characters only', async () => {
    const graphemes = fc.string({ unit: 'grapheme', maxLength: 600 })
    await fc.assert(
      fc.asyncProperty(graphemes, graphemes, fc.nat(300), async (before, text, more) => {
        const count = await addText(emptyCount, before)
        const limit = count.total + more
        const added = await addTextWithin(count, text, limit)
        expect(text.startsWith(added.text)).toBe(true)
        expect(added.text.isWellFormed()).toBe(text.isWellFormed())
        expect(added.count.total).toBeLessThanOrEqual(limit)
        expect(added.count).toEqual(added.text === '' ? count : await addText(count, added.text))
      }),
      { numRuns: 200 },
    )
  })

  it('adds as much as there is room for', async () => {
    const { text, count } = await addTextWithin(emptyCount, PROSE, 100)
    expect(count.total).toBeGreaterThan(97)
    expect((await addTextWithin(emptyCount, text, 100)).text).toBe(text)
  })
})
