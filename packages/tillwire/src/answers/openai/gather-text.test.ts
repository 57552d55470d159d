import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GatheredText, type PartPlace } from './gather-text.ts'

const place = (outputIndex: number, contentIndex = 0): PartPlace => ({
  item: `msg_${outputIndex}`,
  outputIndex,
  contentIndex,
})
const message = fc.array(fc.string({ minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 6 })
const response = fc.record({
  messages: fc.array(message, { minLength: 1, maxLength: 4 }),
  /** Which message speaks next, once each has begun. */
  turns: fc.array(fc.nat(3), { maxLength: 40 }),
  /** How many pieces of each are told; the rest only at its end, or in the whole. */
  pieces: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 4, maxLength: 4 }),
  ends: fc.boolean(),
  whole: fc.boolean(),
})

describe('the text of a response', () => {
  it('is told once and in the order of its messages, by pieces, ends, the whole, or all of these', () => {
    fc.assert(
      fc.property(response, ({ messages, turns, pieces, ends, whole }) => {
        const text = messages.flat().join('')
        const said = messages.map((parts, index) => parts.slice(0, pieces[index]))
        const gathered = new GatheredText()
        const left = said.map((parts) => [...parts])
        const speak = (index: number) => {
          const piece = left[index]?.shift()
          return piece === undefined ? '' : gathered.addPiece(place(index), piece)
        }
        let told = ''
        for (const turn of [...messages.keys(), ...turns]) told += speak(turn % messages.length)
        for (const [index, parts] of messages.entries()) {
          while (left[index]?.length) told += speak(index)
          if (ends) told += gathered.endPart(place(index), parts.join(''))
        }
        told += gathered.end(whole ? text : null)
        const inPieces = said.flat().join('')
        expect(told).toBe(ends || (whole && text.startsWith(inPieces)) ? text : inPieces)
      }),
    )
  })

  it('comes one message after the other when their pieces take turns', () => {
    const gathered = new GatheredText()
    const told = [
      gathered.addPiece(place(1), 'One '),
      gathered.addPiece(place(2), 'three '),
      gathered.addPiece(place(1), 'two '),
      gathered.addPiece(place(2), 'four'),
      gathered.endPart(place(1), 'One two '),
      gathered.end('One two three four'),
    ]
    expect(told).toEqual(['One ', '', 'two ', '', 'three four', ''])
  })

  it('is not told twice when an end, or the whole, differs from its pieces', () => {
    const gathered = new GatheredText()
    expect(gathered.addPiece(place(0), 'Hello')).toBe('Hello')
    expect(gathered.endPart(place(0), 'Goodbye, all')).toBe('')
    expect(gathered.end('Goodbye, all')).toBe('')
  })

  it('waits for an earlier message with 64 KB at most, and keeps 1,000 parts', () => {
    const gathered = new GatheredText()
    gathered.addPiece(place(0), 'never ended')
    expect(gathered.addPiece(place(1), 'x'.repeat(65_536))).toBe('')
    expect(gathered.addPiece(place(1), 'y')).toHaveLength(65_537)
    const many = new GatheredText()
    for (let index = 0; index < 1_000; index++) many.endPart(place(index), 'x')
    expect(() => many.endPart(place(1_000), 'x')).toThrow('parts')
  })
})
