import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { credits, type Logger, type Microcredits, silentLogger, TillwireError } from '../core/index.ts'
import { NotFound, StoreUnavailable, VersionConflict } from '../store/index.ts'
import { ask, next, type Served, serve, until, withEvent } from './testing/serve.ts'
import type { Charges } from './types.ts'

class OutOfStock extends TillwireError {
  static override readonly code = 'out_of_stock'
  constructor() {
    super(OutOfStock.code, 'There are none left: order fewer.', { details: { left: 0 } })
  }
}
class TooPoor extends TillwireError {
  static override readonly code = 'out_of_credits'
  constructor() {
    super(TooPoor.code, 'Buy credits.')
  }
}

const text = { input: z.object({ text: z.string().max(10) }), ack: z.object({ length: z.int() }) }

describe('contracts', () => {
  it('gives the handler a valid payload and its context, and answers with what the contract names', async () => {
    const seen: unknown[] = []
    await using it = await withEvent({
      ...text,
      handle({ user, session, requestId, signal }, input) {
        seen.push(user.id, session.id, requestId, signal.aborted, input)
        return { length: input.text.length, secret: 'not in the contract' }
      },
    })
    expect(await ask(it.client, 'test:event', { text: 'hello', more: 1 })).toEqual({ ok: true, data: { length: 5 } })
    expect(seen).toEqual(['user_ada', 'session_ada', expect.stringMatching(/^req_/), false, { text: 'hello' }])
  })

  it('answers what does not match, whatever it is', async () => {
    let handled = 0
    await using it = await withEvent({
      ...text,
      handle() {
        handled += 1
        return { length: 0 }
      },
    })
    const wrong = [
      [],
      [null],
      ['text'],
      [{ text: 1 }],
      [{ text: 'x'.repeat(11) }],
      [{ text: 'a' }, { text: 'b' }],
      [Buffer.from('binary')],
      [{ text: Buffer.from('binary') }],
      [[{ text: 'a' }]],
      [JSON.parse('{"__proto__":{"text":"a"}}')],
    ]
    for (const payload of wrong) {
      expect(await ask(it.client, 'test:event', ...payload)).toMatchObject({
        ok: false,
        error: { code: 'invalid_payload', retryable: false },
      })
    }
    expect(handled).toBe(0)
    expect(await ask(it.client, 'test:event', { text: 1 })).toMatchObject({
      error: { details: { issues: [{ path: 'text', message: expect.any(String) }] } },
    })
  })

  it('answers events that it does not know, and names that mean something to Socket.IO', async () => {
    await using served = await serve()
    const client = served.connect()
    await next(client, 'connect')
    const code = { ok: false, error: { code: 'invalid_payload' } }
    for (const event of ['no:such', 'error', 'message', '__proto__', 'constructor', 'toString', '']) {
      expect(await ask(client, event, {})).toMatchObject(code)
      client.emit(event, {})
    }
    expect(await ask(client, 'no:such')).toMatchObject(code)
  })

  it('does without an acknowledgement', async () => {
    const texts: string[] = []
    await using it = await withEvent({
      ...text,
      handle(_, input) {
        texts.push(input.text)
        if (input.text === 'bad') throw new Error('oops')
        return { length: 0 }
      },
    })
    it.client.emit('test:event', { text: 'bad' })
    it.client.emit('test:event', 'nonsense')
    it.client.emit('test:event')
    it.client.emit('test:event', { text: 'good' })
    await until(() => texts.length === 2)
    expect(texts).toEqual(['bad', 'good'])
  })

  it('has one handler an event', async () => {
    await using served = await serve()
    served.sockets.on('public', 'a:b', { ...text, handle: () => ({ length: 1 }) })
    expect(() => served.sockets.on('public', 'a:b', { ...text, handle: () => ({ length: 1 }) })).toThrow(/one handler/)
    const costly = { ...text, costs: credits(1), handle: () => ({ length: 1 }) }
    expect(() => served.sockets.on('public', 'a:c', costly)).toThrow(/needs a user/)
  })
})

describe('packets that no client of ours sends', () => {
  it('end their own connection at most', async () => {
    await using served = await serve({ limits: { joinMs: 500 } })
    const bystander = served.connect()
    await next(bystander, 'connect')
    const packets = [
      ['4'],
      ['9'],
      ['4x'],
      ['42'],
      ['40', '42'],
      ['40', '42[]'],
      ['40', '42{"a":1}'],
      ['40', '42["error",{}]'],
      ['40', '42["disconnect"]'],
      ['40', '42[1,2]'],
      ['40', '42[null]'],
      ['40', '42["a"'],
      ['40', '430["ack for nothing"]'],
      ['40', '4299999999999999999999["no:such"]'],
      ['40', '451-["a:b",{"_placeholder":true,"num":5}]', 'binary'],
      ['40', '459999999-["a:b",{"_placeholder":true,"num":0}]'],
      ['40', '40'],
      ['40/authenticated,{"token":'],
      ['40', '44{"message":"mine"}'],
      ['42/authenticated,["balance:get"]'],
      ['binary'],
    ]
    for (const list of packets) {
      const socket = new WebSocket(`${served.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`)
      await new Promise((open) => socket.addEventListener('open', open))
      for (const packet of list) socket.send(packet === 'binary' ? new Uint8Array([1, 2, 3]) : packet)
      expect(await ask(bystander, 'no:such')).toMatchObject({ ok: false })
      socket.close()
    }
    await until(() => served.sockets.connections().public === 1)
  })
})

describe('errors', () => {
  it('tells errors thrown on purpose, and of others nothing, which it logs with the request id', async () => {
    const logged: Record<string, unknown>[] = []
    const logger: Logger = {
      ...silentLogger,
      child: (fields) => ({ ...logger, error: (more) => void logged.push({ ...fields, ...more }) }),
    }
    const thrown: unknown[] = [
      new OutOfStock(),
      new Error('password=hunter2'),
      'a string',
      new VersionConflict({ collection: 'secrets', id: 'x', expected: 1, actual: 2 }),
      new StoreUnavailable('disk full at /var/secret'),
      new NotFound({ collection: 'secrets', id: 'x' }),
    ]
    await using it = await withEvent(
      {
        input: z.object({ index: z.int() }),
        ack: z.object({}),
        errors: [OutOfStock.code],
        handle(_, { index }) {
          throw thrown[index]
        },
      },
      { logger },
    )
    const answers = []
    for (const index of thrown.keys()) answers.push(await ask(it.client, 'test:event', { index }))
    const requestId = expect.stringMatching(/^req_/)
    const internal = {
      ok: false,
      error: { code: 'internal', message: expect.any(String), retryable: false, requestId },
    }
    expect(answers).toEqual([
      {
        ok: false,
        error: {
          code: 'out_of_stock',
          message: 'There are none left: order fewer.',
          retryable: false,
          details: { left: 0 },
          requestId,
        },
      },
      internal,
      internal,
      internal,
      { ok: false, error: { code: 'unavailable', message: expect.any(String), retryable: true, requestId } },
      { ok: false, error: { code: 'not_found', message: expect.any(String), retryable: false, requestId } },
    ])
    expect(JSON.stringify(answers)).not.toMatch(/hunter2|secret|a string/)
    expect(logged.map(({ event, err, requestId }) => [event, err, typeof requestId])).toEqual([
      ['test:event', thrown[1], 'string'],
      ['test:event', thrown[2], 'string'],
      ['test:event', thrown[3], 'string'],
    ])
  })

  it('counts an answer that breaks its own contract as a fault', async () => {
    await using it = await withEvent({ ...text, handle: () => ({ length: 0.5 }) })
    expect(await ask(it.client, 'test:event', { text: 'a' })).toMatchObject({ error: { code: 'internal' } })
  })
})

describe('after the acknowledgement', () => {
  it('runs what a handler leaves for later, and not when the event failed', async () => {
    await using it = await withEvent({
      ...text,
      async handle({ afterAck, socket }, input) {
        afterAck(() => socket.emit('test:later', { text: input.text }))
        if (input.text === 'bad') throw new OutOfStock()
        return { length: 1 }
      },
    })
    const order: unknown[] = []
    it.client.on('test:later', (payload) => order.push(payload))
    it.client.emit('test:event', { text: 'bad' }, () => order.push('refused'))
    it.client.emit('test:event', { text: 'good' }, () => order.push('answered'))
    await until(() => order.length === 3)
    expect(order).toEqual(['refused', 'answered', { text: 'good' }])
  })
})

describe('price', () => {
  /** A ledger of one user, as a list of what happened. */
  function ledger(available: number): { readonly log: string[]; readonly charges: Charges } {
    const log: string[] = []
    return {
      log,
      charges: {
        async reserve({ userId, amount, key, description }) {
          if (amount > available) throw new TooPoor()
          log.push(`reserve ${userId} ${amount} ${description} ${key.slice(0, 4)}`)
          return {
            settle: async () => void log.push('settle'),
            release: async () => void log.push('release'),
          }
        },
      },
    }
  }
  const costs = (input: { text: string }) => (input.text.length * 10) as Microcredits

  it('reserves, runs and settles; releases when the handler fails', async () => {
    const { log, charges } = ledger(100)
    await using it = await withEvent(
      {
        ...text,
        costs,
        errors: [OutOfStock.code],
        handle(_, input) {
          log.push('run')
          if (input.text === 'bad') throw new OutOfStock()
          return { length: input.text.length }
        },
      },
      { charges },
    )
    expect(await ask(it.client, 'test:event', { text: 'abcd' })).toEqual({ ok: true, data: { length: 4 } })
    expect(await ask(it.client, 'test:event', { text: 'bad' })).toMatchObject({ error: { code: 'out_of_stock' } })
    expect(log).toEqual([
      'reserve user_ada 40 test:event even',
      'run',
      'settle',
      'reserve user_ada 30 test:event even',
      'run',
      'release',
    ])
  })

  it('is paid for each event, also when a client gives several the same request id', async () => {
    const keys = new Set<string>()
    const charges: Charges = {
      async reserve({ key }) {
        keys.add(key)
        return { settle: async () => {}, release: async () => {} }
      },
    }
    await using it = await withEvent({ ...text, costs, handle: () => ({ length: 1 }) }, { charges })
    for (let event = 0; event < 3; event++) await ask(it.client, 'test:event', { text: 'a' }, { requestId: 'same' })
    expect(keys.size).toBe(3)
  })

  it('answers out_of_credits before anything runs', async () => {
    const { log, charges } = ledger(5)
    await using it = await withEvent({ ...text, costs, handle: () => ({ length: 1 }) }, { charges })
    expect(await ask(it.client, 'test:event', { text: 'a' })).toMatchObject({ error: { code: 'out_of_credits' } })
    expect(log).toEqual([])
  })

  it('charges nothing for a price of zero, or a payload that does not match', async () => {
    const { log, charges } = ledger(0)
    await using it = await withEvent({ ...text, costs, handle: () => ({ length: 0 }) }, { charges })
    expect(await ask(it.client, 'test:event', { text: '' })).toMatchObject({ ok: true })
    expect(await ask(it.client, 'test:event', {})).toMatchObject({ error: { code: 'invalid_payload' } })
    expect(log).toEqual([])
  })
})

describe('limits of events', () => {
  const answers = async (served: Served, user: string, count: number) => {
    const client = served.connect({ user })
    await next(client, 'session:ready')
    return Promise.all(Array.from({ length: count }, () => ask(client, 'test:event', { text: 'a' })))
  }
  const limited = (list: readonly { ok: boolean }[]) => list.filter(({ ok }) => !ok)

  it('answers rate_limited past the burst of a socket', async () => {
    await using served = await serve({ limits: { eventsPerSecondPerSocket: 1, eventBurstPerSocket: 5 } })
    served.sockets.on('authenticated', 'test:event', { ...text, handle: () => ({ length: 1 }) })
    const list = await answers(served, 'ada', 8)
    expect(limited(list)).toHaveLength(3)
    expect(list[7]).toMatchObject({ error: { code: 'rate_limited', retryable: true } })
    expect(limited(await answers(served, 'ada', 5))).toHaveLength(0)
  })

  it('counts the sockets of a user together, and another user apart', async () => {
    await using served = await serve({ limits: { eventsPerSecondPerUser: 6 } })
    served.sockets.on('authenticated', 'test:event', { ...text, handle: () => ({ length: 1 }) })
    const [one, two, other] = await Promise.all([
      answers(served, 'ada', 5),
      answers(served, 'ada', 5),
      answers(served, 'bob', 5),
    ])
    expect(limited([...one, ...two]).length).toBeGreaterThanOrEqual(3)
    expect(limited(other)).toHaveLength(0)
  })

  it('bounds what is worked on at the same time', async () => {
    const release = Promise.withResolvers<void>()
    await using it = await withEvent(
      {
        ...text,
        async handle() {
          await release.promise
          return { length: 1 }
        },
      },
      { limits: { openEventsPerSocket: 3 } },
    )
    const list = Array.from({ length: 5 }, () => ask(it.client, 'test:event', { text: 'a' }))
    expect(await list[4]).toMatchObject({ error: { code: 'rate_limited' } })
    release.resolve()
    expect((await Promise.all(list)).map(({ ok }) => ok)).toEqual([true, true, true, false, false])
    expect(await ask(it.client, 'test:event', { text: 'a' })).toMatchObject({ ok: true })
  })
})

it('tells metrics of every event, and no name that a client made up', async () => {
  const events: string[] = []
  await using served = await serve({
    metrics: { event: ({ namespace, event, code }) => events.push(`${namespace} ${event} ${code}`), refused() {} },
  })
  served.sockets.on('public', 'test:event', { ...text, handle: () => ({ length: 1 }) })
  const client = served.connect()
  await next(client, 'connect')
  await ask(client, 'test:event', { text: 'a' })
  await ask(client, 'test:event', {})
  await ask(client, 'made:up', {})
  expect(events).toEqual([
    'public test:event ok',
    'public test:event invalid_payload',
    'public unknown invalid_payload',
  ])
})
