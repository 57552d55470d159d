import fc from 'fast-check'
import { clientEvents, ERROR_CODES, MAX_PROMPT_CHARACTERS } from 'tillwire/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, startWhole, type Whole } from '../../apps/server/tests/whole.ts'
import { type Bystander, bystander } from '../support/bystander.ts'
import { until } from '../support/until.ts'

const RUNS = 60
const EVENTS = Object.keys(clientEvents.authenticated)
const MODELS_MAXIMUM = 2 ** 31

let whole: Whole
let ada: Bystander
let client: Client
beforeAll(async () => {
  whole = await startWhole()
  ada = await bystander(whole, 'ada')
  client = await whole.open(ada.cookie)
})
afterAll(() => whole[Symbol.asyncDispose]())

/** Asks again while there were too many events: limits are not what is tested here. */
async function ask(event: string, ...payload: unknown[]) {
  return until(`an answer to ${event}`, async () => {
    const ack = await client.socket.timeout(8_000).emitWithAck(event, ...payload)
    return !ack.ok && ack.error.code === 'rate_limited' ? null : ack
  })
}

const start = { key: 'a key', messages: [{ role: 'user', content: 'Why?' }] }
/** JSON in which a key is `__proto__`, as no literal can write it. */
const withPrototype = JSON.parse('{"__proto__":{"key":"k","messages":[{"role":"user","content":"Hi"}]}}')

const WRONG_STARTS: Readonly<Record<string, unknown>> = {
  nothing: undefined,
  null: null,
  'a list': [start],
  'a prototype': withPrototype,
  'no key': { ...start, key: undefined },
  'an empty key': { ...start, key: '' },
  'a key of 201 characters': { ...start, key: 'k'.repeat(201) },
  'a key with half a character': { ...start, key: 'k\ud800' },
  'a key with a NUL': { ...start, key: 'k\0' },
  'a key that is a number': { ...start, key: 7 },
  'no messages': { ...start, messages: undefined },
  'an empty list of messages': { ...start, messages: [] },
  '1,001 messages': { ...start, messages: Array(1_001).fill({ role: 'user', content: '' }) },
  'messages that are text': { ...start, messages: 'Why?' },
  'a role that there is not': { ...start, messages: [{ role: 'tool', content: 'Why?' }] },
  'a role of a prototype': { ...start, messages: [{ role: 'constructor', content: 'Why?' }] },
  'content with a NUL': { ...start, messages: [{ role: 'user', content: 'a\0b' }] },
  'content with half a character': { ...start, messages: [{ role: 'user', content: 'a\ud83d' }] },
  'content that is a list': { ...start, messages: [{ role: 'user', content: [{ type: 'text', text: 'Why?' }] }] },
  'a negative limit': { ...start, maxOutputTokens: -1 },
  'a limit of zero': { ...start, maxOutputTokens: 0 },
  'half a token': { ...start, maxOutputTokens: 0.5 },
  'a limit that is text': { ...start, maxOutputTokens: '100' },
  // What JSON makes of NaN and Infinity.
  'a limit that is no number': { ...start, maxOutputTokens: null },
  'a limit past 2^53': { ...start, maxOutputTokens: 1e300 },
  'a way to reserve that there is not': { ...start, reserve: 'none' },
  'a model that is a number': { ...start, model: 5 },
}

describe('answer:start', () => {
  it.each(Object.entries(WRONG_STARTS))('answers invalid_payload and charges nothing: %s', async (_, payload) => {
    expect(await ask('answer:start', payload)).toMatchObject({ ok: false, error: { code: 'invalid_payload' } })
    await ada.expectUnharmed()
  })

  it.each(['gpt-99', '', '__proto__', 'constructor', 'toString'])('knows no model "%s"', async (model) => {
    const ack = await ask('answer:start', { ...start, model })
    expect(ack).toMatchObject({ ok: false, error: { code: 'unknown_model' } })
    await ada.expectUnharmed()
  })

  it('takes no prompt over the limit, however it is cut into messages', async () => {
    const limit = 2_000
    await using small = await startWhole({ limits: { promptCharacters: limit } })
    const bob = await bystander(small, 'bob')
    const socket = await small.open(bob.cookie)
    for (const count of [1, 7, 1_000]) {
      const content = 'x'.repeat(Math.ceil((limit + 1) / count))
      const messages = Array(count).fill({ role: 'user', content })
      expect(await socket.ask('answer:start', { ...start, messages })).toMatchObject({
        error: { code: 'prompt_too_long', details: { limit } },
      })
    }
    await bob.expectUnharmed()
  })

  it('takes the longest prompt, and tells one character more that it is too long', async () => {
    const bob = await bystander(whole, 'long')
    const socket = await whole.open(bob.cookie)
    const asked = (characters: number) => ({
      ...start,
      messages: [{ role: 'user', content: '\u20ac'.repeat(characters) }],
    })
    expect(await socket.ask('answer:start', asked(MAX_PROMPT_CHARACTERS + 1))).toMatchObject({
      error: { code: 'prompt_too_long', details: { limit: MAX_PROMPT_CHARACTERS } },
    })
    await bob.expectUnharmed()
    const ack = await socket.ask('answer:start', { ...asked(MAX_PROMPT_CHARACTERS), reserve: 'whole', model: 'gpt-5' })
    expect(ack).toMatchObject({ ok: false, error: { code: 'out_of_credits' } })
  })

  it('answers a question of 700 kB, which is longer than any that it takes, and keeps the socket', async () => {
    const bob = await bystander(whole, 'huge')
    const socket = await whole.open(bob.cookie)
    const question = { ...start, messages: [{ role: 'user', content: 'x'.repeat(700_000) }] }
    expect(await socket.ask('answer:start', question)).toMatchObject({ error: { code: 'prompt_too_long' } })
    expect(await socket.ask('answer:resume', question)).toMatchObject({ error: { code: 'invalid_payload' } })
    expect(socket.socket.connected).toBe(true)
    await bob.expectUnharmed()
  })

  it('lets no other event be as long', async () => {
    const payload = { answerId: 'x'.repeat(64 * 1024), offset: 0 }
    expect(await ask('answer:resume', payload)).toMatchObject({ ok: false, error: { code: 'invalid_payload' } })
    await ada.expectUnharmed()
  })

  it('asks for no more credits than there are, whatever limit is asked for', async () => {
    const ack = await ask('answer:start', {
      ...start,
      model: 'gpt-5',
      maxOutputTokens: MODELS_MAXIMUM,
      reserve: 'whole',
    })
    expect(ack).toMatchObject({ ok: false, error: { code: 'out_of_credits' } })
    await ada.expectUnharmed()
  })

  it('leaves its key free', async () => {
    const bob = await bystander(whole, 'keys')
    const socket = await whole.open(bob.cookie)
    expect((await socket.ask('answer:start', { ...start, model: 'gpt-99' })).ok).toBe(false)
    expect((await socket.ask('answer:start', { ...start, maxOutputTokens: -1 })).ok).toBe(false)
    expect((await socket.ask('answer:start', start)).ok).toBe(true)
  })
})

describe('what is not theirs, or not there', () => {
  it.each([
    { answerId: 'answer_none', offset: 0 },
    { answerId: '__proto__', offset: 0 },
    { answerId: '', offset: 0 },
    { answerId: "' OR 1=1 --", offset: 0 },
    { answerId: '../../etc/passwd', offset: 2 ** 53 - 1 },
  ])('is not found: %j', async (payload) => {
    for (const event of ['answer:resume', 'answer:stop']) {
      expect(await ask(event, payload)).toMatchObject({ ok: false, error: { code: 'not_found' } })
    }
    await ada.expectUnharmed()
  })

  it.each([-1, 0.5, 1e300, '0', null, {}])('cannot be resumed from %j', async (offset) => {
    const ack = await ask('answer:resume', { answerId: 'answer_none', offset })
    expect(ack).toMatchObject({ ok: false, error: { code: 'invalid_payload' } })
  })
})

describe('events that there are not', () => {
  it.each(['no:such', 'error', '__proto__', 'constructor', 'hasOwnProperty', 'session:ready', ''])(
    'are answered invalid_payload: "%s"',
    async (event) => {
      expect(await ask(event, {})).toMatchObject({ ok: false, error: { code: 'invalid_payload' } })
      client.socket.emit(event, {})
      await ada.expectUnharmed()
    },
  )

  it('is told when it sends more than allowed, and served again after', async () => {
    const bob = await bystander(whole, 'hasty')
    const socket = await whole.open(bob.cookie)
    const acks = await Promise.all(Array.from({ length: 300 }, () => socket.ask('no:such', {})))
    const codes = new Set(acks.map((ack) => (ack.ok ? 'ok' : ack.error.code)))
    expect(codes).toEqual(new Set(['invalid_payload', 'rate_limited']))
    await until('its limit to fill', async () => (await socket.ask('balance:get')).ok)
    await bob.expectUnharmed()
  })
})

describe('any payload at all', () => {
  /** Odd values, and objects that have some fields of a real payload, but never all of one. */
  const odd = fc.oneof(
    fc.jsonValue({ depthSize: 'small' }),
    fc.constantFrom('', -0, -1, 0.5, 2 ** 53, 1e308, '\u0000', '\ud800', [], {}, withPrototype),
    fc.uint8Array({ maxLength: 50 }),
  )
  const field = fc.constantFrom(
    ...['key', 'model', 'messages', 'maxOutputTokens', 'reserve', 'answerId', 'offset', '__proto__', 'constructor'],
  )
  const nearly = fc
    .tuple(fc.constantFrom({ ...start, model: 'gpt-99' }, { answerId: 'answer_none', offset: 0 }, {}), field, odd)
    .map(([base, name, value]) => Object.defineProperty({ ...base }, name, { value, enumerable: true }))
  const payloads = fc.array(fc.oneof(odd, nearly), { maxLength: 3 })

  it.each(EVENTS)('is answered by %s with a code of the list, and costs nothing', async (event) => {
    await fc.assert(
      fc.asyncProperty(payloads, async (payload) => {
        const ack = await ask(event, ...payload)
        if (ack.ok) expect(event).not.toMatch(/^answer:/)
        else expect(ERROR_CODES.filter((code) => code !== 'internal')).toContain(ack.error.code)
      }),
      { numRuns: RUNS, seed: 4_242 },
    )
    await ada.expectUnharmed()
  })
})
