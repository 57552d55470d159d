import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { currentRequest } from '../core/index.ts'
import { ask, withEvent } from './testing/serve.ts'
import type { UserContext } from './types.ts'

const text = { input: z.object({ text: z.string().max(10) }), ack: z.object({ length: z.int() }) }

describe('the id of a request', () => {
  const seen: unknown[] = []
  const noting = {
    ...text,
    handle({ requestId }: UserContext, input: { text: string }) {
      seen.push(requestId, currentRequest())
      if (input.text === 'bad') throw new Error('oops')
      return { length: 1 }
    },
  }

  it('is the one that the client gives behind the payload, for all that comes of the event', async () => {
    await using it = await withEvent(noting)
    seen.length = 0
    expect(await ask(it.client, 'test:event', { text: 'a' }, { requestId: 'page-42' })).toEqual({
      ok: true,
      data: { length: 1 },
    })
    expect(await ask(it.client, 'test:event', { text: 'bad' }, { requestId: 'page-43' })).toMatchObject({
      error: { code: 'internal', requestId: 'page-43' },
    })
    expect(seen).toEqual(['page-42', 'page-42', 'page-43', 'page-43'])
  })

  it.each(['a'.repeat(129), 'a b', '', 5, null, { a: 1 }])('is a new one when it is given as %j', async (requestId) => {
    await using it = await withEvent(noting)
    seen.length = 0
    expect(await ask(it.client, 'test:event', { text: 'a' }, { requestId })).toMatchObject({ ok: true })
    expect(seen).toEqual([expect.stringMatching(/^req_/), seen[0]])
  })

  it('is no way to say more than one payload', async () => {
    await using it = await withEvent(noting)
    for (const second of [{ text: 'b' }, { requestId: 'r', text: 'b' }, [], 'r', null])
      expect(await ask(it.client, 'test:event', { text: 'a' }, second)).toMatchObject({
        error: { code: 'invalid_payload' },
      })
    expect(await ask(it.client, 'test:event', { text: 'a' }, {}, { requestId: 'r' })).toMatchObject({
      error: { code: 'invalid_payload' },
    })
  })
})
