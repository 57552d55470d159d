import { microcredits } from 'tillwire'
import { holderOf } from 'tillwire/credits'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auth, type Client, type SignedUp, startWhole, type Whole } from '../../apps/server/tests/whole.ts'
import { explainOnFailure } from '../support/explain-on-failure.ts'
import { entriesOf, expectSquare, give, moneyOf } from '../support/money.ts'
import { until } from '../support/until.ts'

const SOCKETS = 64
/** Slow enough that no answer ends, and gives back what it did not use, before every socket was answered. */
const PACE = 60
/** What the first hold of an answer covers. */
const FIRST_SLICE_TOKENS = 192
const question = {
  messages: [{ role: 'user' as const, content: 'Write 200 words about rivers' }],
  maxOutputTokens: 120,
}

let whole: Whole
beforeAll(async () => {
  whole = await startWhole({ pace: PACE })
})
afterAll(() => whole[Symbol.asyncDispose]())

async function signUp(name: string): Promise<SignedUp> {
  const user = await whole.signUp(name)
  explainOnFailure(whole.tillwire, user.userId)
  return user
}

async function openSockets(cookie: string, count = SOCKETS): Promise<Client[]> {
  return Promise.all(Array.from({ length: count }, () => whole.open(cookie)))
}

async function endsOf(client: Client, answerId: string) {
  return client.until('answer:end', (payload) => payload.answerId === answerId)
}

describe('64 sockets of one user that ask at once', () => {
  it.each([7, 63])('answers exactly %i when the credits are for so many', async (k) => {
    const ada = await signUp(`ada-${k}`)
    const { max } = await whole.tillwire.answers.quote(question)
    const given = microcredits(k * max)
    await give(whole, ada.userId, given)
    const clients = await openSockets(ada.cookie)

    const acks = await Promise.all(
      clients.map((client, at) =>
        client.ask<{ answerId: string }>('answer:start', { key: `at-${at}`, reserve: 'whole', ...question }),
      ),
    )
    const refused = acks.filter((ack) => !ack.ok)
    expect(refused.map((ack) => !ack.ok && ack.error.code)).toEqual(Array(SOCKETS - k).fill('out_of_credits'))
    const entries = await entriesOf(whole, ada.userId)
    expect(entries.filter(({ kind }) => kind === 'reserve')).toHaveLength(k)
    await Promise.all(acks.map((ack, at) => ack.ok && endsOf(clients[at]!, ack.data.answerId)))

    const { answers } = await moneyOf(whole, ada.userId)
    expect(answers.map(({ outcome }) => outcome)).toEqual(Array(k).fill('complete'))
    await expectSquare(whole, ada.userId, given)
    for (const client of clients) client.socket.disconnect()
  })

  it('spends what there is and never more when answers pay slice by slice', async () => {
    const ada = await signUp('slices')
    const long = { messages: [{ role: 'user' as const, content: 'Write 300 words about rivers' }] }
    const first = await whole.tillwire.answers.quote({ ...long, maxOutputTokens: FIRST_SLICE_TOKENS })
    const given = microcredits(16 * first.max)
    await give(whole, ada.userId, given)
    const clients = await openSockets(ada.cookie)
    const acks = await Promise.all(
      clients.map((client, at) => client.ask<{ answerId: string }>('answer:start', { key: `at-${at}`, ...long })),
    )
    expect(acks.filter((ack) => ack.ok)).toHaveLength(16)
    for (const ack of acks) if (!ack.ok) expect(ack.error.code).toBe('out_of_credits')
    await Promise.all(acks.map((ack, at) => ack.ok && endsOf(clients[at]!, ack.data.answerId)))

    const { answers } = await moneyOf(whole, ada.userId)
    const outcomes = new Set(answers.map(({ outcome }) => outcome))
    expect(outcomes).toContain('out_of_credits')
    expect([...outcomes].filter((outcome) => outcome !== 'out_of_credits' && outcome !== 'complete')).toEqual([])
    await expectSquare(whole, ada.userId, given)
    for (const client of clients) client.socket.disconnect()
  })

  it('has one answer for one key, charges it once, and sends all of them its text', async () => {
    const ada = await signUp('one-key')
    const given = microcredits(1_000_000_000)
    await give(whole, ada.userId, given)
    const clients = await openSockets(ada.cookie)
    const acks = await Promise.all(
      clients.map((client) => client.ask<{ answerId: string }>('answer:start', { key: 'same', ...question })),
    )
    const ids = new Set(acks.map((ack) => (ack.ok ? ack.data.answerId : ack.error.code)))
    expect(ids.size).toBe(1)
    const [answerId = ''] = ids
    await Promise.all(clients.map((client) => endsOf(client, answerId)))
    const { text } = await whole.tillwire.answers.get({ userId: ada.userId, answerId })
    for (const { events } of clients) {
      const deltas = events.filter(({ name }) => name === 'answer:delta').map(({ payload }) => payload.text)
      expect(deltas.join('')).toBe(text)
      expect(events.filter(({ name }) => name === 'answer:end')).toHaveLength(1)
    }
    const entries = await entriesOf(whole, ada.userId)
    expect(entries.filter(({ kind }) => kind === 'reserve')).toHaveLength(1)
    await expectSquare(whole, ada.userId, given)
    for (const client of clients) client.socket.disconnect()
  })

  it('gives a key to one of two questions, and refuses the other', async () => {
    const ada = await signUp('two-questions')
    const given = microcredits(1_000_000_000)
    await give(whole, ada.userId, given)
    const clients = await openSockets(ada.cookie, 16)
    const acks = await Promise.all(
      clients.map((client, at) =>
        client.ask<{ answerId: string }>('answer:start', { key: 'same', ...question, maxOutputTokens: 20 + (at % 2) }),
      ),
    )
    const codes = acks.map((ack) => (ack.ok ? 'ok' : ack.error.code))
    const winner = codes.indexOf('ok') % 2
    expect(codes).toEqual(clients.map((_, at) => (at % 2 === winner ? 'ok' : 'idempotency_conflict')))
    const [answerId = ''] = acks.flatMap((ack) => (ack.ok ? [ack.data.answerId] : []))
    await endsOf(clients[winner]!, answerId)
    expect((await moneyOf(whole, ada.userId)).answers).toHaveLength(1)
    await expectSquare(whole, ada.userId, given)
    for (const client of clients) client.socket.disconnect()
  })
})

describe('signing out while asking', () => {
  it('ends every socket, and leaves no credit held and no answer without its receipt', async () => {
    for (let round = 0; round < 3; round++) {
      const ada = await signUp(`leaving-${round}`)
      const given = microcredits(1_000_000_000)
      await give(whole, ada.userId, given)
      const clients = await openSockets(ada.cookie, 8)
      const asks = clients.flatMap((client, at) =>
        [0, 1, 2].map((turn) =>
          client
            .ask('answer:start', { key: `${at}-${turn}`, ...question, maxOutputTokens: 20 })
            // An acknowledgement is lost with its socket; whether there is an answer is in the store.
            .catch(() => null),
        ),
      )
      const out = auth(whole.tillwire, 'sign-out', {}, ada.cookie)
      const [acks] = await Promise.all([Promise.all(asks), out])
      for (const client of clients) expect(await client.until('session:ended')).toEqual({ reason: 'revoked' })
      await expect(whole.open(ada.cookie)).rejects.toMatchObject({ data: { code: 'unauthenticated' } })

      await until('every answer to end', async () => {
        const { held, answers } = await moneyOf(whole, ada.userId)
        return held === 0 && answers.every(({ outcome }) => outcome !== 'streaming')
      })
      const { answers } = await moneyOf(whole, ada.userId)
      expect(answers.length).toBeGreaterThanOrEqual(acks.filter((ack) => ack?.ok).length)
      expect(answers.every(({ outcome }) => outcome === 'complete')).toBe(true)
      await expectSquare(whole, ada.userId, given)
      expect((await whole.tillwire.credits.balance(holderOf(ada.userId))).held).toBe(0)
    }
  })
})
