import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ModelEmulator, startModelEmulator } from './index.ts'

let emulator: ModelEmulator
let client: OpenAI
beforeAll(async () => {
  emulator = await startModelEmulator({ pace: 0 })
  client = new OpenAI({ apiKey: 'any', baseURL: emulator.url, maxRetries: 0 })
})
beforeEach(() => control('reset', {}))
afterAll(() => emulator.close())

const control = (path: string, body: object) =>
  fetch(`${emulator.url.replace('/v1', '')}/_emulator/${path}`, { method: 'POST', body: JSON.stringify(body) })

async function stream(input: string, options: { max_output_tokens?: number } = {}) {
  const events: OpenAI.Responses.ResponseStreamEvent[] = []
  let text = ''
  for await (const event of await client.responses.create({ model: 'gpt-5-mini', input, stream: true, ...options })) {
    events.push(event)
    if (event.type === 'response.output_text.delta') text += event.delta
  }
  return { events, text, last: events.at(-1) }
}

describe('Responses', () => {
  it('streams an answer whose pieces, final text and usage agree', async () => {
    const { events, text, last } = await stream('What is the capital of France?')
    expect(events[0]?.type).toBe('response.created')
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index))
    if (last?.type !== 'response.completed') throw new Error(`ended with ${last?.type}`)
    expect(text).toContain('France')
    expect(last.response.output[0]).toMatchObject({ type: 'message', content: [{ type: 'output_text', text }] })
    expect(last.response.usage?.output_tokens).toBeGreaterThan(text.length / 8)
    expect(last.response.usage?.output_tokens).toBeLessThan(text.length / 2)
    expect(last.response.usage?.input_tokens).toBeGreaterThan(7)
  })

  it('gives one question one answer, and different questions different ones', async () => {
    const questions = ['How do tides work?', 'How do tides work?', 'Why is bread sour?', 'Who built Rome?']
    const answers = await Promise.all(questions.map((input) => client.responses.create({ model: 'gpt-5', input })))
    const texts = answers.map((answer) => (answer.output[0]?.type === 'message' ? answer.output[0].content : []))
    expect(texts[0]).toEqual(texts[1])
    expect(new Set(texts.map((text) => JSON.stringify(text))).size).toBe(3)
    expect(new Set(answers.map((answer) => answer.usage?.output_tokens)).size).toBe(3)
  })

  it('writes as much as it is asked for', async () => {
    const { text, last } = await stream('Write 2000 words about rivers')
    expect(text.trim().split(/\s+/)).toHaveLength(2000)
    expect(last?.type === 'response.completed' && last.response.usage?.output_tokens).toBeGreaterThan(2000)
  })

  it('cuts an answer at its limit as OpenAI does', async () => {
    const { last } = await stream('Write 2000 words about rivers', { max_output_tokens: 50 })
    expect(last).toMatchObject({
      type: 'response.incomplete',
      response: {
        status: 'incomplete',
        incomplete_details: { reason: 'max_output_tokens' },
        usage: { output_tokens: 50 },
      },
    })
  })

  it('keeps characters of several tokens whole', async () => {
    const { text } = await stream('Tell me about 鬱 and 🧑‍🚀 in 40 words')
    expect(text).toContain('鬱')
    expect(text).not.toContain('\uFFFD')
  })
})

describe('Chat Completions', () => {
  it('streams text, the reason of the end, and usage when asked', async () => {
    const chunks: OpenAI.ChatCompletionChunk[] = []
    const request = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'Write 500 words on salt' }] }
    const limits = { max_completion_tokens: 40, stream: true as const, stream_options: { include_usage: true } }
    for await (const chunk of await client.chat.completions.create({ ...request, ...limits })) chunks.push(chunk)
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('length')
    expect(chunks.at(-1)?.usage?.completion_tokens).toBe(40)
    const whole = await client.chat.completions.create({ ...request, max_completion_tokens: 40 })
    expect(whole.choices[0]?.message.content).toBe(chunks.map((c) => c.choices[0]?.delta.content ?? '').join(''))
    expect(whole.usage?.completion_tokens).toBe(40)
  })
})

describe('refusals', () => {
  it('answers in OpenAI’s envelope: unknown model, missing key, bad body', async () => {
    await expect(client.responses.create({ model: 'gpt-99', input: 'x' })).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    })
    const without = await fetch(`${emulator.url}/responses`, { method: 'POST', body: '{}' })
    expect([without.status, await without.json()]).toMatchObject([401, { error: { code: 'invalid_api_key' } }])
    await expect(client.responses.create({ model: 'gpt-5', input: 'x', max_output_tokens: 0 })).rejects.toMatchObject({
      status: 400,
      param: 'max_output_tokens',
    })
    expect((await control('faults', { kind: 'earthquake' })).status).toBe(400)
  })
})

describe('faults', () => {
  it('fails at once, as often as told', async () => {
    await control('faults', { kind: 'error', status: 503, times: 2 })
    await expect(stream('a')).rejects.toMatchObject({ status: 503 })
    await expect(stream('a')).rejects.toMatchObject({ status: 503 })
    expect((await stream('a')).last?.type).toBe('response.completed')
  })

  it('breaks the connection in the middle', async () => {
    await control('faults', { kind: 'reset', after: 5 })
    await expect(stream('Write 300 words on salt')).rejects.toThrow()
  })

  it('falls silent, and forgets the answer when the client goes', async () => {
    await control('faults', { kind: 'stall', after: 2 })
    const abort = new AbortController()
    const events = await client.responses.create(
      { model: 'gpt-5', input: 'Write 300 words on salt', stream: true },
      { signal: abort.signal },
    )
    let pieces = 0
    for await (const event of events) {
      if (event.type !== 'response.output_text.delta') continue
      pieces += 1
      if (pieces === 2) abort.abort()
    }
    expect(pieces).toBe(2)
  })

  it('leaves usage out, calls a cut answer completed, thinks first', async () => {
    await control('faults', { kind: 'no_usage' })
    expect((await stream('a')).last).toMatchObject({ type: 'response.completed', response: { usage: null } })
    await control('faults', { kind: 'completed_on_cut' })
    const cut = await stream('Write 300 words on salt', { max_output_tokens: 20 })
    expect(cut.last).toMatchObject({ type: 'response.completed', response: { usage: { output_tokens: 20 } } })
    await control('faults', { kind: 'reasoning', tokens: 70 })
    const thought = await stream('Write 20 words on salt')
    expect(thought.last).toMatchObject({
      response: { usage: { output_tokens_details: { reasoning_tokens: 70 } } },
    })
  })
})

describe('a stream that misbehaves', () => {
  const textIn = (events: readonly OpenAI.Responses.ResponseStreamEvent[]) =>
    events.flatMap((event) => (event.type === 'response.output_text.delta' ? [event.delta] : []))
  const raw = async (input: string, fault: object) => {
    await control('faults', fault)
    const response = await fetch(`${emulator.url}/responses`, {
      method: 'POST',
      headers: { authorization: 'Bearer any' },
      body: JSON.stringify({ model: 'gpt-5', input, stream: true }),
    })
    return response
  }

  it('gives status, code, parameter and Retry-After as told', async () => {
    const told = await raw('a', { kind: 'error', status: 429, code: 'rate_limit_exceeded', retryAfter: 7, bytes: 500 })
    expect([told.status, told.headers.get('retry-after')]).toEqual([429, '7'])
    const { error } = (await told.json()) as { error: { code: string; message: string } }
    expect([error.code, error.message.length]).toEqual(['rate_limit_exceeded', 500])
  })

  it('leaves the text in one place alone', async () => {
    for (const [where, type] of [
      ['text', 'response.output_text.done'],
      ['part', 'response.content_part.done'],
      ['item', 'response.output_item.done'],
      ['response', 'response.completed'],
    ]) {
      await control('faults', { kind: 'done_only', where })
      const { events } = await stream('Why?')
      expect(textIn(events)).toEqual([])
      const telling = events.filter((event) => /"text":"[^"]/.test(JSON.stringify(event)))
      expect(telling.map((event) => event.type)).toEqual([type])
    }
  })

  it('sends two messages in turns, each event twice, and a refusal', async () => {
    const plain = (await stream('Write 60 words on salt')).text
    await control('faults', { kind: 'interleaved' })
    const { events, text } = await stream('Write 60 words on salt')
    expect(text).not.toBe(plain)
    const ofMessage = (index: number) =>
      textIn(events.filter((event) => 'output_index' in event && event.output_index === index)).join('')
    expect(ofMessage(0) + ofMessage(1)).toBe(plain)

    await control('faults', { kind: 'doubled' })
    const doubled = (await stream('Write 60 words on salt')).events.map((event) => event.sequence_number)
    expect(doubled).toEqual(doubled.toSorted((a, b) => a - b))
    expect(doubled).toHaveLength(new Set(doubled).size * 2)

    await control('faults', { kind: 'refusal' })
    const refused = await stream('Why?')
    expect(refused.text).toBe('')
    expect(refused.events.map((event) => event.type)).toContain('response.refusal.delta')
    expect(JSON.stringify(refused.last)).toContain('"type":"refusal"')
  })

  it('splits characters, and sends halves of them', async () => {
    const question = 'Tell me about 🧂 in 40 words'
    const plain = (await stream(question)).text
    await control('faults', { kind: 'split_surrogates' })
    const split = await stream(question)
    expect(split.text).toBe(plain)
    expect(textIn(split.events).some((piece) => !piece.isWellFormed())).toBe(true)
    await control('faults', { kind: 'half_character' })
    expect((await stream(question)).text.isWellFormed()).toBe(false)
  })

  it('ends early, and says why', async () => {
    await control('faults', { kind: 'incomplete', reason: 'content_filter', after: 4 })
    const { last, events } = await stream('Write 300 words on salt')
    expect(textIn(events)).toHaveLength(4)
    expect(last).toMatchObject({ response: { incomplete_details: { reason: 'content_filter' } } })
    await control('faults', { kind: 'failed', code: 'server_error', after: 4 })
    expect((await stream('Write 300 words on salt')).last).toMatchObject({
      response: { error: { code: 'server_error' } },
    })
    await control('faults', { kind: 'cut', after: 4 })
    expect((await stream('Write 300 words on salt')).last?.type).toBe('response.output_text.delta')
    expect(await (await raw('a', { kind: 'garbage', after: 1 })).text()).toContain(
      'data: {"type":"response.output_te\n',
    )
  })

  it('is silent for a while with signs of life, writes lines without end, and text without end', async () => {
    const pinged = await (await raw('a', { kind: 'stall', ms: 60, pingMs: 10 })).text()
    expect(pinged).toContain(': ping\n')
    expect(pinged).toContain('response.completed')
    const oversized = await (await raw('a', { kind: 'oversized', bytes: 3_000_000 })).text()
    expect(oversized.length).toBeGreaterThan(3_000_000)
    const endless = await raw('Write 20 words', { kind: 'endless' })
    let read = 0
    for await (const part of endless.body ?? []) {
      read += part.length
      if (read > 1_000_000) break
    }
    expect(read).toBeGreaterThan(1_000_000)
  })

  it('refuses a limit below the least, as OpenAI does', async () => {
    const asked = client.responses.create({ model: 'gpt-5', input: 'x', max_output_tokens: 15 })
    await expect(asked).rejects.toMatchObject({ status: 400, code: 'integer_below_min_value' })
  })
})

describe('pace', () => {
  it('sends at the pace asked for', async () => {
    await using slow = await startModelEmulator({ pace: 200 })
    const paced = new OpenAI({ apiKey: 'any', baseURL: slow.url, maxRetries: 0 })
    const started = performance.now()
    const events = await paced.responses.create({
      model: 'gpt-5',
      input: 'Write 300 words on salt',
      max_output_tokens: 100,
      stream: true,
    })
    for await (const _ of events);
    const seconds = (performance.now() - started) / 1_000
    expect(seconds).toBeGreaterThan(0.45)
    expect(seconds).toBeLessThan(1.5)
  })
})
