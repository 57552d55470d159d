import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TextInbox } from './text-inbox.ts'

async function through(pieces: readonly string[], most: number): Promise<string[]> {
  const inbox = new TextInbox()
  const taken: string[] = []
  for (const piece of pieces) {
    await inbox.put(piece)
    for (let text = inbox.take(most); text !== ''; text = inbox.take(most)) taken.push(text)
  }
  inbox.end()
  for (let text = inbox.take(most); text !== ''; text = inbox.take(most)) taken.push(text)
  return taken
}

const anyText = fc.string({ unit: fc.constantFrom('a', 'é', '🧂', '\ud83d', '\ude00', '\0', '\uFFFD') })
const cuts = fc.array(fc.nat(20), { maxLength: 12 })

function cutAt(text: string, lengths: readonly number[]): string[] {
  const pieces: string[] = []
  let at = 0
  for (const length of lengths) {
    pieces.push(text.slice(at, at + length))
    at += length
  }
  return [...pieces, text.slice(at)]
}

describe('text on its way from a model', () => {
  it('arrives whole, however its characters are split; halves and NUL become U+FFFD', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, cuts, fc.integer({ min: 2, max: 9 }), async (text, lengths, most) => {
        const taken = await through(cutAt(text, lengths), most)
        expect(taken.join('')).toBe(text.toWellFormed().replaceAll('\0', '\uFFFD'))
        for (const piece of taken) expect(piece.isWellFormed()).toBe(true)
      }),
    )
  })
})
