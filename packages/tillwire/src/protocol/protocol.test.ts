import { describe, expect, it } from 'vitest'
import {
  clientEvents,
  httpError,
  LONG_EVENTS,
  requestId,
  type ServerPayload,
  serverEvents,
  wireError,
} from './index.ts'

describe('protocol', () => {
  it('does what the README shows', () => {
    const { input, ack } = clientEvents.authenticated['answer:stop']
    expect(input.parse({ answerId: 'answer_1' })).toEqual({ answerId: 'answer_1' })
    expect(ack.parse({})).toEqual({})
    expect(clientEvents.public['connections:get'].input.parse(undefined)).toEqual({})
    expect(wireError.parse({ code: 'rate_limited', message: 'Send fewer.', retryable: true }).code).toBe('rate_limited')
  })

  it('lets a payload of nothing be missing, and nothing else be', () => {
    for (const event of ['connections:get', 'balance:get'] as const) {
      const { input } = clientEvents.authenticated[event]
      for (const payload of [undefined, null, {}]) expect(input.safeParse(payload).success).toBe(true)
      for (const payload of ['', 0, []]) expect(input.safeParse(payload).success).toBe(false)
    }
    for (const event of ['answer:start', 'answer:resume', 'answer:stop'] as const) {
      expect(clientEvents.authenticated[event].input.safeParse(undefined).success).toBe(false)
    }
  })

  it('takes a question as it is written down, and none that is not one', () => {
    const { input } = clientEvents.authenticated['answer:start']
    const question = { key: 'k', messages: [{ role: 'user', content: 'Why?' }] }
    expect(input.safeParse(question).success).toBe(true)
    expect(input.safeParse({ ...question, model: 'm', maxOutputTokens: 5, reserve: 'whole' }).success).toBe(true)
    const wrong = [
      { ...question, key: '' },
      { ...question, key: 'x'.repeat(201) },
      { ...question, messages: [] },
      { ...question, messages: [{ role: 'tool', content: '' }] },
      { ...question, maxOutputTokens: 0 },
      { ...question, maxOutputTokens: 1.5 },
      { ...question, reserve: 'all' },
    ]
    for (const payload of wrong) expect(input.safeParse(payload).success).toBe(false)
    const { input: resume } = clientEvents.authenticated['answer:resume']
    for (const offset of [-1, 0.5, Number.NaN, '0', 2 ** 53]) {
      expect(resume.safeParse({ answerId: 'a', offset }).success).toBe(false)
    }
  })

  it('says in two places which events may be long, in a browser without the contracts too', () => {
    const long = Object.entries(clientEvents.authenticated).filter(([, contract]) => 'long' in contract)
    expect(long.map(([event]) => event)).toEqual(LONG_EVENTS)
  })

  it('tells both namespaces what concerns everyone', () => {
    for (const event of Object.keys(serverEvents.public)) expect(serverEvents.authenticated).toHaveProperty([event])
    const payload: ServerPayload<'public', 'connections:changed'> = { public: 1, authenticated: 0 }
    expect(serverEvents.public['connections:changed'].parse(payload)).toEqual(payload)
  })

  it('takes over plain request ids only', () => {
    for (const id of ['a', 'req_019a-b.c:d', 'x'.repeat(128)]) expect(requestId.safeParse(id).success).toBe(true)
    for (const id of ['', 'a b', 'a\nb', 'ä', 'x'.repeat(129), '<b>'])
      expect(requestId.safeParse(id).success).toBe(false)
    expect(httpError.safeParse({ error: { code: 'internal', message: '', requestId: 'r' } }).success).toBe(true)
  })
})
