import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openStore, type Store } from '../store/index.ts'
import { addToLog, emptyLog, type LogPieces, loadLog, makeOne, readText } from './answer-log.ts'
import { answerLog } from './schema.ts'
import { eventually, openTestAnswers, readEvents, textOf, userId } from './testing/open-test-answers.ts'

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

let store: Store
let answers = 0
beforeAll(async () => {
  store = await openStore({ url: 'memory:', collections: [answerLog] })
})
afterAll(() => store.close())

async function read(answerId: string, from: number, onPart?: () => Promise<void>): Promise<string> {
  let text = ''
  for await (const part of readText(store, answerId, from)) {
    expect(part.offset).toBe(from + text.length)
    expect(part.text.isWellFormed()).toBe(true)
    text += part.text
    await onPart?.()
  }
  return text
}
const pieces = (answerId: string) => store.collection(answerLog).count({ id: { startsWith: `${answerId}/` } })

describe('the log of an answer', () => {
  const piece = fc.string({ unit: fc.constantFrom('a', 'é', '🧂', ' '), minLength: 1, maxLength: 40 })

  it('reads the same from any place, while it is written and put together, and is one document at its end', async () => {
    const run = fc.record({
      texts: fc.array(piece, { minLength: 1, maxLength: 300 }),
      /** Where a reader begins, as a part of the text, and at which piece. */
      readers: fc.array(fc.record({ from: fc.double({ min: 0, max: 1, noNaN: true }), at: fc.nat(300) }), {
        maxLength: 6,
      }),
      reloads: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(run, async ({ texts, readers, reloads }) => {
        const answerId = `answer_${++answers}`
        let log: LogPieces = emptyLog
        let left = [...texts]
        let written = ''
        const writeOne = async () => {
          const text = left.shift()
          if (text === undefined) return
          const added = addToLog(log, answerId, text)
          await store.commit({ writes: added.writes })
          log = added.log
          written += text
        }
        const reading: Promise<void>[] = []
        for (let at = 0; left.length > 0; at++) {
          await writeOne()
          for (const reader of readers.filter((one) => one.at === at)) {
            // Readers begin where a piece may have begun: never in the middle of a character.
            const from = written
              .slice(0, Math.floor(reader.from * written.length))
              .toWellFormed()
              .endsWith('\uFFFD')
              ? 0
              : Math.floor(reader.from * written.length)
            const seen = written
            reading.push(
              read(answerId, from, async () => undefined).then((text) => {
                expect(text.startsWith(seen.slice(from))).toBe(true)
                expect(texts.join('').slice(from).startsWith(text)).toBe(true)
              }),
            )
          }
        }
        expect(await pieces(answerId)).toBeLessThanOrEqual(63 + Math.ceil(texts.length / 64))
        // Whoever takes it over has nothing but what is stored.
        await store.commit({ writes: makeOne(reloads ? await loadLog(store, answerId) : log) })
        await Promise.all(reading)
        expect(await pieces(answerId)).toBe(1)
        for (const from of [0, ...texts.slice(0, 3).map((_, index) => texts.slice(0, index + 1).join('').length)])
          expect(await read(answerId, from)).toBe(texts.join('').slice(from))
        left = []
      }),
      { numRuns: 60 },
    )
  })

  it('goes on for a reader in the middle of its pieces when they become one', async () => {
    const answerId = `answer_${++answers}`
    let log: LogPieces = emptyLog
    for (let index = 0; index < 40; index++) {
      const added = addToLog(log, answerId, `piece ${index}, `)
      await store.commit({ writes: added.writes })
      log = added.log
    }
    let parts = 0
    const text = await read(answerId, 3, async () => {
      parts += 1
      if (parts === 5) await store.commit({ writes: makeOne(log) })
    })
    expect(parts).toBeGreaterThan(5)
    expect(text).toBe(await read(answerId, 3))
    expect(await pieces(answerId)).toBe(1)
  })
})

describe('an answer that has ended', () => {
  const messages = [{ role: 'user' as const, content: 'Write 900 words about rivers' }]
  const documents = async (test: { store: Store }, answerId: string) =>
    (await test.store.collection(answerLog).find({ where: { id: { startsWith: `${answerId}/` } } })).items

  it('has one document of text, and followers from anywhere notice nothing', async () => {
    await using test = await openTestAnswers({ pace: 3_000 })
    const { answerId } = await test.answers.start({ userId, key: 'k', messages })
    const elsewhere = test.another()
    const following = [0, 100, 700, 1_500].map(async (from) => {
      await eventually(async () => (await test.answers.get({ userId, answerId })).text.length >= from)
      return { from, events: await readEvents((await elsewhere.follow({ userId, answerId, offset: from })).events) }
    })
    const followed = await Promise.all(following)
    const { text } = await test.answers.get({ userId, answerId })
    for (const { from, events } of followed) expect(textOf(events, from)).toBe(text.slice(from))
    expect(await documents(test, answerId)).toMatchObject([{ offset: 0, end: text.length, text }])
  })

  it('has one document of text also when its process was killed and another ended it', async () => {
    await using test = await openTestAnswers({ pace: 400 })
    const child = fork(join(import.meta.dirname, 'testing/own-answer.ts'), [test.url, test.emulator.url])
    children.push(child)
    const [{ answerId }] = (await once(child, 'message')) as [{ answerId: string }]
    const reading = test.answers.follow({ userId, answerId, offset: 0 }).then(({ events }) => readEvents(events))
    await eventually(async () => (await documents(test, answerId)).length > 5)
    child.kill('SIGKILL')
    await once(child, 'exit')
    const later = { now: () => new Date(Date.now() + 11_000) }
    expect(await test.another({ clock: later }).recover()).toBe(1)
    const { text } = await test.answers.get({ userId, answerId })
    expect(textOf(await reading)).toBe(text)
    expect(await documents(test, answerId)).toMatchObject([{ offset: 0, text }])
  })
})
