import fc from 'fast-check'
import type { Socket } from 'socket.io'
import { afterEach, describe, expect, it } from 'vitest'
import { withDelta } from './answer-view.ts'
import { createTillwireClient } from './client.ts'
import { startTestServer, until } from './testing/server.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})
const end = (spent: number, outcome = 'complete') => ({
  answerId: 'a1',
  outcome,
  spent,
  receiptId: 'r1',
  truncated: false,
})

/** A signed-in client whose server has `text` as the whole of answer a1, and records what it is asked. */
async function open(text: string, handle: (socket: Socket, asked: [string, object][]) => void = () => {}) {
  const asked: [string, object][] = []
  const server = await startTestServer((socket) => {
    socket.onAny((event, payload) => asked.push([event, payload]))
    socket.on('answer:resume', ({ offset }: { offset: number }, _envelope, ack) => {
      ack({ ok: true, data: { state: 'complete', offset: text.length } })
      socket.emit('answer:delta', { answerId: 'a1', offset, text: text.slice(offset) })
      socket.emit('answer:end', end(9))
    })
    handle(socket, asked)
  })
  closing.push(server.close)
  const client = createTillwireClient({ url: server.url })
  closing.push(client.authenticated.open('s1'))
  await until(() => client.authenticated.status.get().state === 'connected')
  return { client, server, asked }
}
const started = { ok: true, data: { answerId: 'a1', quote: { max: 100 } } }

describe('following an answer', () => {
  it('shows each piece once, what it costs, and how it ended', async () => {
    const { client } = await open('', (socket) => {
      socket.on('answer:start', (_payload, _envelope, ack) => {
        ack(started)
        socket.emit('answer:delta', { answerId: 'a1', offset: 0, text: 'Hello ' })
        socket.emit('answer:delta', { answerId: 'a1', offset: 0, text: 'Hello wo' })
        socket.emit('answer:delta', { answerId: 'a1', offset: 8, text: 'rld' })
        socket.emit('answer:cost', { answerId: 'a1', spent: 5, available: 95 })
        socket.emit('answer:delta', { answerId: 'other', offset: 11, text: '?' })
        socket.emit('answer:end', end(7))
      })
    })
    const { view } = client.answers.start({ messages: [{ role: 'user', content: 'Hi' }] })
    await until(() => view.get().phase === 'ended')
    expect(view.get()).toEqual({
      phase: 'ended',
      answerId: 'a1',
      text: 'Hello world',
      spent: 7,
      max: 100,
      outcome: 'complete',
      receiptId: 'r1',
      truncated: false,
      error: null,
    })
  })

  it('asks for what is missing when a piece was lost', async () => {
    const { client, asked } = await open('Hello world', (socket) => {
      socket.on('answer:start', (_payload, _envelope, ack) => {
        ack(started)
        socket.emit('answer:delta', { answerId: 'a1', offset: 0, text: 'Hel' })
        socket.emit('answer:delta', { answerId: 'a1', offset: 6, text: 'world' })
      })
    })
    const { view } = client.answers.start({ messages: [{ role: 'user', content: 'Hi' }] })
    await until(() => view.get().phase === 'ended')
    expect(view.get().text).toBe('Hello world')
    expect(asked.filter(([event]) => event === 'answer:resume')).toEqual([
      ['answer:resume', { answerId: 'a1', offset: 3 }],
    ])
  })

  it('goes on where it was after a reconnect', async () => {
    const { client, server, asked } = await open('Hello world', (socket) => {
      socket.on('answer:start', (_payload, _envelope, ack) => {
        ack(started)
        socket.emit('answer:delta', { answerId: 'a1', offset: 0, text: 'Hello' })
      })
    })
    const { view } = client.answers.start({ messages: [{ role: 'user', content: 'Hi' }] })
    await until(() => view.get().text === 'Hello')
    server.io.of('/authenticated').disconnectSockets(true)
    await until(() => view.get().phase === 'ended')
    expect(view.get().text).toBe('Hello world')
    expect(asked).toContainEqual(['answer:resume', { answerId: 'a1', offset: 5 }])
  })

  it('resumes after a reload from the text that is known, also when asked before the socket is open', async () => {
    const { server, asked } = await open('Hello world')
    const client = createTillwireClient({ url: server.url })
    const { view } = client.answers.resume({ answerId: 'a1', text: 'Hello w' })
    closing.push(client.authenticated.open('s1'))
    await until(() => view.get().phase === 'ended')
    expect(view.get()).toMatchObject({ text: 'Hello world', spent: 9, receiptId: 'r1' })
    expect(asked).toContainEqual(['answer:resume', { answerId: 'a1', offset: 7 }])
  })

  it('keeps events that overtake the acknowledgement of their start', async () => {
    const { client } = await open('', (socket) => {
      socket.on('answer:start', (_payload, _envelope, ack) => {
        socket.emit('answer:delta', { answerId: 'a1', offset: 0, text: 'Hi' })
        socket.emit('answer:end', end(3))
        ack(started)
      })
    })
    const { view } = client.answers.start({ messages: [{ role: 'user', content: 'Hi' }] })
    await until(() => view.get().phase === 'ended')
    expect(view.get()).toMatchObject({ text: 'Hi', spent: 3 })
  })

  it('starts again with the same key when the acknowledgement was lost with its connection', async () => {
    const { client, asked } = await open('', (socket, all) => {
      socket.on('answer:start', (_payload, _envelope, ack) => {
        const starts = all.filter(([event]) => event === 'answer:start').length
        if (starts === 1) return socket.disconnect(true)
        ack(started)
        socket.emit('answer:end', end(3))
      })
    })
    const { view } = client.answers.start({ messages: [{ role: 'user', content: 'Hi' }] })
    await until(() => view.get().phase === 'ended')
    expect(view.get().outcome).toBe('complete')
    const [first, second] = asked.filter(([event]) => event === 'answer:start')
    expect(second).toEqual(first)
  })

  it('sends a stop that was asked for before the start was acknowledged', async () => {
    let acknowledge = () => {}
    const { client } = await open('', (socket) => {
      socket.on('answer:start', (_payload, _envelope, ack) => {
        acknowledge = () => ack(started)
      })
      socket.on('answer:stop', (_payload, _envelope, ack) => {
        ack({ ok: true, data: {} })
        socket.emit('answer:end', end(2, 'stopped'))
      })
    })
    const answer = client.answers.start({ messages: [{ role: 'user', content: 'Hi' }] })
    await answer.stop()
    acknowledge()
    await until(() => {
      acknowledge()
      return answer.view.get().phase === 'ended'
    })
    expect(answer.view.get().outcome).toBe('stopped')
  })

  it('tells a refusal in the view, with nothing spent', async () => {
    const error = { code: 'out_of_credits', message: 'Buy credits to go on.', retryable: false }
    const { client } = await open('', (socket) =>
      socket.on('answer:start', (_payload, _envelope, ack) => ack({ ok: false, error })),
    )
    const { view } = client.answers.start({ messages: [{ role: 'user', content: 'Hi' }] })
    await until(() => view.get().phase === 'ended')
    expect(view.get()).toMatchObject({ outcome: null, spent: 0, error: { code: 'out_of_credits' } })
  })

  it('hears nothing more once it is closed, and catches up when it is opened again', async () => {
    const { client, server } = await open('Hello world', (socket) => {
      socket.on('answer:start', (_payload, _envelope, ack) => ack(started))
    })
    const answer = client.answers.start({ messages: [{ role: 'user', content: 'Hi' }] })
    await until(() => answer.view.get().phase === 'streaming')
    answer.close()
    const heard = new Promise<void>((done) => client.authenticated.on('answer:delta', () => done()))
    server.io.of('/authenticated').emit('answer:delta', { answerId: 'a1', offset: 0, text: 'Hello' })
    await heard
    expect(answer.view.get().text).toBe('')
    answer.open()
    await until(() => answer.view.get().phase === 'ended')
    expect(answer.view.get().text).toBe('Hello world')
  })
})

describe('withDelta', () => {
  it('builds the text from pieces that overlap and repeat, and sees every gap', () => {
    const pieces = fc.array(fc.tuple(fc.nat(60), fc.nat(20)), { maxLength: 40 })
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), pieces, (whole, cuts) => {
        let text = ''
        for (const [offset, length] of cuts) {
          const next = withDelta(text, { offset, text: whole.slice(offset, offset + length) })
          expect(next === null).toBe(offset > text.length)
          text = next ?? text
          expect(whole.startsWith(text)).toBe(true)
        }
      }),
    )
  })
})
