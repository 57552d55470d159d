import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ORIGIN, startWhole, type Whole } from '../../apps/server/tests/whole.ts'
import { type Bystander, bystander } from '../support/bystander.ts'
import { frame, openRaw } from '../support/raw-socket.ts'
import { until } from '../support/until.ts'

const MB = 1024 * 1024
const OPCODE = { continuation: 0, binary: 2, reserved: 3, ping: 9 }
const ATTACHMENT = frame(new Uint8Array([1, 2, 3]), OPCODE.binary)

let whole: Whole
let ada: Bystander
beforeAll(async () => {
  whole = await startWhole()
  ada = await bystander(whole, 'ada')
})
afterAll(() => whole[Symbol.asyncDispose]())

const open = () => openRaw(whole.url, { cookie: ada.cookie, origin: ORIGIN })
async function joined() {
  const socket = await open()
  await socket.join()
  return socket
}

/** Packets of Engine.IO and Socket.IO that no client of theirs sends, and that end their connection. */
const CLOSING: Readonly<Record<string, string>> = {
  'an empty one': '',
  'an unknown type': '9',
  'a message with nothing in it': '4',
  'an unknown Socket.IO type': '48/authenticated,',
  'an event that is no JSON': '42/authenticated,7["balance:get"',
  'an event that is no list': '42/authenticated,7{"event":"balance:get"}',
  'an event with no name': '42/authenticated,7[]',
  'an event whose name is a list': '42/authenticated,7[["balance:get"]]',
  'an event of Socket.IO itself': '42/authenticated,7["disconnect"]',
  'an error packet': '44/authenticated,{"message":"no"}',
  'a namespace that was not joined': '42/nowhere,7["balance:get"]',
  'a second join': '40/authenticated,',
  'a join with a payload that is no object': '40/authenticated,[1,2]',
  'a binary event with a thousand attachments': '451000-/authenticated,7["balance:get"]',
  'a binary event that counts backwards': '45-1-/authenticated,7["balance:get"]',
  'a binary event whose attachment is a prototype':
    '451-/authenticated,7["balance:get",{"_placeholder":true,"num":"__proto__"}]',
}
/** Those that are answered with `invalid_payload`. */
const REFUSED: Readonly<Record<string, string>> = {
  'an event whose name is a number': '42/authenticated,7[7]',
  'a payload that is bytes': '451-/authenticated,7["answer:start",{"_placeholder":true,"num":0}]',
  'a payload nested ten thousand deep': `42/authenticated,7["balance:get",${'['.repeat(10_000)}${']'.repeat(10_000)}]`,
  'half a character': '42/authenticated,7["balance:get","\\ud800"]',
}
/** Those that mean nothing. */
const IGNORED: Readonly<Record<string, string>> = {
  'an open packet': '0{"sid":"mine"}',
  'an event with no payload': '42/authenticated,',
  'an acknowledgement of nothing': '43/authenticated,7[{"ok":true}]',
  'an acknowledgement with no number': '43/authenticated,[]',
  'a number past all numbers': `42/authenticated,${'9'.repeat(400)}["balance:get"]`,
  'a join of a namespace that there is not': '40/nowhere,',
  'a join that names prototypes': '40/__proto__,{"__proto__":{"admin":true}}',
}

describe('a packet that makes no sense', () => {
  it.each(Object.entries(CLOSING))('ends its connection: %s', async (_, packet) => {
    await using socket = await joined()
    socket.send(packet)
    if (packet.startsWith('45')) socket.write(ATTACHMENT)
    expect(await socket.answers()).toBe(false)
    await ada.expectUnharmed()
  })

  it.each(Object.entries(REFUSED))('is answered: %s', async (_, packet) => {
    await using socket = await joined()
    socket.send(packet)
    if (packet.startsWith('45')) socket.write(ATTACHMENT)
    expect(await socket.answers()).toBe(true)
    const refusal = expect.stringMatching(/^43\/authenticated,7\[{"ok":false,"error":{"code":"invalid_payload"/)
    expect(socket.received).toContainEqual(refusal)
    await ada.expectUnharmed()
  })

  it.each(Object.entries(IGNORED))('changes nothing: %s', async (_, packet) => {
    await using socket = await joined()
    socket.send(packet)
    expect(await socket.answers()).toBe(true)
    await ada.expectUnharmed()
  })

  it('does no harm to the other sockets of its user', async () => {
    const other = await whole.open(ada.cookie)
    for (const packet of Object.values({ ...CLOSING, ...REFUSED, ...IGNORED })) {
      await using socket = await open()
      socket.send('40/authenticated,')
      socket.send(packet)
    }
    expect(await other.ask('balance:get')).toMatchObject({ ok: true })
    other.socket.disconnect()
  })
})

/** Bytes that are no frames, or frames that the protocol forbids. */
const BYTES: Readonly<Record<string, Uint8Array>> = {
  'a frame of 1 MB': frame('x'.repeat(MB)),
  'an event of 1 MB': frame(`42/authenticated,7["answer:start",{"key":"${'k'.repeat(MB)}"}]`),
  'a binary frame of 1 MB': frame(new Uint8Array(MB), OPCODE.binary),
  'a frame that says it has 2^62 bytes': Buffer.from('81ff400000000000000000000000', 'hex'),
  'fragments that together are 1 MB': Buffer.concat([
    frame('x'.repeat(60_000), 1, 0),
    ...Array.from({ length: 17 }, () => frame('x'.repeat(60_000), OPCODE.continuation, 0)),
  ]),
  'a frame that is not masked': Buffer.from('810134', 'hex'),
  'a reserved opcode': frame('x', OPCODE.reserved),
  'reserved bits': frame('x', 1, 0xf0),
  'a continuation of nothing': frame('x', OPCODE.continuation),
  'text that is not UTF-8': frame(new Uint8Array([0x34, 0xc3, 0x28])),
  'a ping that is too long': frame('x'.repeat(200), OPCODE.ping),
  'a close with half a code': Buffer.from('88810000000003', 'hex'),
  'no WebSocket at all': Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
  zeroes: Buffer.alloc(4_096),
}

describe('bytes that are no frame', () => {
  it.each(Object.entries(BYTES))('end their connection, and nothing else: %s', async (_, bytes) => {
    await using socket = await joined()
    const other = await whole.open(ada.cookie)
    socket.write(bytes)
    await until('the connection to end', () => socket.closed)
    expect(await other.ask('balance:get')).toMatchObject({ ok: true })
    other.socket.disconnect()
    await ada.expectUnharmed()
  })
})

describe('out of turn', () => {
  it('closes a connection that sends events before it joined', async () => {
    await using socket = await open()
    socket.send('42/authenticated,1["answer:start",{"key":"early","messages":[{"role":"user","content":"Hi"}]}]')
    await until('the connection to end', () => socket.closed)
    expect(socket.received.join()).not.toContain('answerId')
    await ada.expectUnharmed()
  })

  it('answers or closes a connection that sends events before it is told that it has joined', async () => {
    await using socket = await open()
    socket.send('40/authenticated,')
    expect([true, false]).toContain(await socket.answers())
    await ada.expectUnharmed()
  })

  it('serves a client that wants no acknowledgement', async () => {
    await using socket = await joined()
    socket.send('42/authenticated,["balance:get"]')
    socket.send('42/authenticated,["answer:start",{"key":7}]')
    socket.send('42/authenticated,["no:such",{}]')
    expect(await socket.answers()).toBe(true)
    await ada.expectUnharmed()
  })
})
