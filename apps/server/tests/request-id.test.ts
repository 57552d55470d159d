import { randomUUID } from 'node:crypto'
import { credits, explain, printTimeline, withRequest } from 'tillwire'
import { answers } from 'tillwire/answers'
import { holderOf } from 'tillwire/credits'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWhole, type Whole } from './whole.ts'

let whole: Whole
beforeAll(async () => {
  whole = await startWhole()
})
afterAll(() => whole[Symbol.asyncDispose]())

describe('a request', () => {
  it('is told from the event to each entry of its answer', async () => {
    const { tillwire } = whole
    const ada = await whole.signUp('ada')
    await tillwire.credits.grant({
      holder: holderOf(ada.userId),
      amount: credits(100),
      key: 'g',
      source: { kind: 'manual' },
    })
    const client = await whole.open(ada.cookie)
    const requestId = `req_${randomUUID()}`
    const question = { key: 'k', messages: [{ role: 'user', content: 'Why is the sky blue?' }] }
    const ack = await client.socket.timeout(8_000).emitWithAck('answer:start', question, { requestId })
    const { answerId } = ack.data as { answerId: string }
    await client.until('answer:end')
    const answer = await tillwire.store.collection(answers).get(answerId)
    expect(answer?.requestId).toBe(requestId)
    const timeline = await explain(tillwire, requestId)
    expect(timeline.subject).toEqual({ kind: 'request', id: requestId })
    expect(timeline.problems).toEqual([])
    expect(timeline.items.at(-1)?.amounts).toEqual({ entries: answer?.spent })
    expect(printTimeline(timeline).join('\n')).toContain(answerId)

    const { items } = await tillwire.credits.entries(holderOf(ada.userId), { limit: 100 })
    const moved = items.filter(({ kind }) => kind !== 'grant')
    expect(moved.length).toBeGreaterThan(1)
    expect(new Set(moved.map(({ refs }) => refs.request))).toEqual(new Set([requestId]))
  })

  it('is told from a call to its workflow and what that left, whatever its id looks like', async () => {
    const { tillwire } = whole
    const bob = await whole.signUp('bob')
    await withRequest('page-42', () => tillwire.commerce.checkout({ username: bob.email, pack: 'starter' }))
    const timeline = await explain(tillwire, 'page-42')
    expect(timeline.subject).toEqual({ kind: 'request', id: 'page-42' })
    const said = timeline.items.map(({ says }) => says)
    expect(said).toContain('began commerce.checkout')
    await expect(explain(tillwire, 'req_of-nobody')).rejects.toMatchObject({ code: 'unknown_subject' })
  })
})
