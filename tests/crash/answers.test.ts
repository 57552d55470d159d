import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { credits, defaultConfig } from 'tillwire'
import { costOf } from 'tillwire/answers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, type SignedUp, signUp } from '../../apps/server/tests/whole.ts'
import { explainOnFailure } from '../support/explain-on-failure.ts'
import { expectSquare, give } from '../support/money.ts'
import { until } from '../support/until.ts'
import { type KillableServer, startKillableServer } from './killable-server.ts'
import type { Until } from './server-until.ts'

const GIVEN = credits(100)
/** Tokens a second: an answer lasts long enough to be paid for twice, and is topped up. */
const PACE = 400
const question = { key: 'asked', messages: [{ role: 'user', content: 'Write 500 words about rivers' }] }
/** Longer than the lease of an answer. */
const LEASE_OVER = '11s'
/** Our count goes window by window: so far it may lie above that of the whole text. */
const WINDOWS_PART = 1.03

/** Every record of an answer, in its order; what was delivered by then, and how it ends. */
const points: { at: string; until: Until; delivered: boolean; outcome: 'failed' | 'complete' }[] = [
  { at: 'after it is reserved', until: to('start', 'after'), delivered: false, outcome: 'failed' },
  { at: 'before its first text is paid', until: to('spend', 'before'), delivered: false, outcome: 'failed' },
  { at: 'after its first text is paid', until: to('spend', 'after'), delivered: true, outcome: 'failed' },
  { at: 'before text is written', until: to('write', 'before', 3), delivered: true, outcome: 'failed' },
  { at: 'after text is written', until: to('write', 'after', 3), delivered: true, outcome: 'failed' },
  { at: 'before more is held', until: to('extend', 'before'), delivered: true, outcome: 'failed' },
  { at: 'after more is held', until: to('extend', 'after'), delivered: true, outcome: 'failed' },
  { at: 'before a slice is paid', until: to('spend', 'before', 2), delivered: true, outcome: 'failed' },
  { at: 'after a slice is paid', until: to('spend', 'after', 2), delivered: true, outcome: 'failed' },
  { at: 'before it is settled', until: to('end', 'before'), delivered: true, outcome: 'failed' },
  { at: 'after it is settled', until: to('end', 'after'), delivered: true, outcome: 'complete' },
]

function to(record: string, when: 'before' | 'after', turn = 1): Until {
  return { point: { record, when }, turn }
}

let server: KillableServer
beforeAll(async () => {
  server = await startKillableServer({ pace: PACE })
})
afterAll(() => server[Symbol.asyncDispose]())

/** Asks over a socket, and goes down with the server; what was seen by then comes back. */
async function askUntil(point: Until, name: string): Promise<{ ada: SignedUp; seen: string }> {
  const ada = await signUp(server.tillwire, name.replaceAll(/\W/g, '-'))
  explainOnFailure(server.tillwire, ada.userId)
  await give(server, ada.userId, GIVEN)
  const client = await server.openClient(ada.cookie)
  await server.killAt(point, () => client.socket.emit('answer:start', question))
  client.socket.disconnect()
  return { ada, seen: textOf(client) }
}

function textOf({ events }: Client): string {
  const deltas = events.filter(({ name }) => name === 'answer:delta')
  return deltas.map(({ payload }) => payload.text).join('')
}

/** The only answer of a user, once it has ended. */
async function endedAnswer({ userId }: SignedUp) {
  const { answers } = server.tillwire
  const list = async () => (await answers.list({ userId })).items
  await until('the answer to end', async () => (await list()).every(({ outcome }) => outcome !== 'streaming'))
  const items = await list()
  expect(items).toHaveLength(1)
  return answers.get({ userId, answerId: items[0]!.id })
}

/** What was charged is what the text in the log comes to, and the rest is free again. */
async function expectPaidAsDelivered({ userId }: SignedUp, answer: Awaited<ReturnType<typeof endedAnswer>>) {
  await expectSquare(server, userId, GIVEN)
  if (answer.receiptId === null) {
    expect(answer).toMatchObject({ text: '', spent: 0, outcome: 'failed' })
    return
  }
  const { prices } = defaultConfig
  const { spent, tokens } = await server.tillwire.answers.receipt({ userId, receiptId: answer.receiptId })
  const written = countTokens(answer.text)
  expect(tokens.output).toBeGreaterThanOrEqual(written)
  expect(tokens.output).toBeLessThanOrEqual(Math.ceil(written * WINDOWS_PART))
  expect(tokens.source).toBe(answer.outcome === 'complete' ? 'model' : 'counted')
  expect(spent).toBe(Math.max(costOf(prices.models[prices.defaultModel]!, tokens), prices.minimum))
}

/** Whoever comes back reads all of it, is told how it ended, and asks again for nothing. */
async function expectReadable(ada: SignedUp, answer: Awaited<ReturnType<typeof endedAnswer>>) {
  const client = await server.openClient(ada.cookie)
  const { id: answerId, outcome, spent, receiptId } = answer
  expect(await client.ask('answer:start', question)).toMatchObject({ ok: true, data: { answerId } })
  const end = await client.until('answer:end')
  expect(end).toMatchObject({ answerId, outcome, spent, receiptId })
  if (outcome === 'failed') expect(end.error).toMatchObject({ code: 'interrupted' })
  expect(textOf(client)).toBe(answer.text)
  client.socket.disconnect()
}

describe('an answer whose server is killed', () => {
  it('is not there when nothing was reserved, and can be asked for again', async () => {
    const { ada, seen } = await askUntil(to('start', 'before'), 'nothing')
    await server.startAfter(LEASE_OVER)
    expect(seen).toBe('')
    expect((await server.tillwire.answers.list({ userId: ada.userId })).items).toEqual([])
    await expectSquare(server, ada.userId, GIVEN)
    const client = await server.openClient(ada.cookie)
    expect(await client.ask('answer:start', question)).toMatchObject({ ok: true })
    await client.until('answer:end')
    client.socket.disconnect()
    const answer = await endedAnswer(ada)
    expect(answer.outcome).toBe('complete')
    await expectPaidAsDelivered(ada, answer)
  })

  it.each(points)(
    'is ended and paid for as it was delivered: $at',
    async ({ at, until: point, delivered, outcome }) => {
      const { ada, seen } = await askUntil(point, at)
      const [left] = (await server.tillwire.answers.list({ userId: ada.userId })).items
      const { text } = await server.tillwire.answers.get({ userId: ada.userId, answerId: left!.id })
      await server.startAfter(LEASE_OVER)

      const answer = await endedAnswer(ada)
      expect(answer).toMatchObject({ outcome, text })
      expect(answer.text !== '').toBe(delivered)
      expect(answer.text.startsWith(seen)).toBe(true)
      await expectPaidAsDelivered(ada, answer)
      await expectReadable(ada, answer)
      await expectSquare(server, ada.userId, GIVEN)
    },
  )

  it.each(['before', 'after'] as const)(
    'is settled once when the next server is killed %s it settles it',
    async (when) => {
      const { ada } = await askUntil(to('write', 'after', 3), `twice ${when}`)
      await server.startAfter(LEASE_OVER, to('end', when))
      await server.startAfter(LEASE_OVER)
      const answer = await endedAnswer(ada)
      expect(answer.outcome).toBe('failed')
      await expectPaidAsDelivered(ada, answer)
      await expectReadable(ada, answer)
    },
  )

  it('leaves nothing that `tillwire check` finds', async () => {
    expect(await server.check()).toMatchObject({ ok: true, problems: [] })
  })
})
