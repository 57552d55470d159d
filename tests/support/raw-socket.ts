import { connect } from 'node:net'
import { until } from './until.ts'

/** A WebSocket spoken by hand: whatever bytes a client may send, and what the server makes of them. */
export interface RawSocket extends AsyncDisposable {
  /** What the server sent so far, as text, one item a frame. */
  readonly received: readonly string[]
  /** Whether the server has closed the connection. */
  readonly closed: boolean
  /** Bytes as they are. */
  write(bytes: Uint8Array): void
  /** A text frame, as a client sends it. */
  send(text: string): void
  /** Joins `/authenticated`; resolves once its `session:ready` has come. */
  join(): Promise<void>
  /** Whether `balance:get` is still answered: false when the connection was closed instead. */
  answers(): Promise<boolean>
}

const OPCODE = { text: 1, close: 8 }
const FINAL = 0x80
const MASKED = 0x80

/** One frame of a client: masked with zeroes, which leaves the bytes as they are. */
export function frame(payload: string | Uint8Array, opcode = OPCODE.text, first = FINAL): Buffer {
  const bytes = Buffer.from(payload)
  const head = Buffer.alloc(bytes.length < 126 ? 2 : bytes.length < 65_536 ? 4 : 10)
  head[0] = first | opcode
  head[1] = MASKED | (head.length === 2 ? bytes.length : head.length === 4 ? 126 : 127)
  if (head.length === 4) head.writeUInt16BE(bytes.length, 2)
  if (head.length === 10) head.writeBigUInt64BE(BigInt(bytes.length), 2)
  return Buffer.concat([head, Buffer.alloc(4), bytes])
}

/** Opens a WebSocket to Socket.IO; resolves when the server has accepted it. */
export async function openRaw(url: string, headers: Readonly<Record<string, string>>): Promise<RawSocket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  const received: string[] = []
  let closed = false
  let waiting: Buffer = Buffer.alloc(0)
  let accepted = false
  socket.on('error', () => {})
  socket.on('close', () => {
    closed = true
  })
  socket.on('data', (bytes: Buffer) => {
    waiting = Buffer.concat([waiting, bytes])
    if (!accepted) {
      const end = waiting.indexOf('\r\n\r\n')
      if (end < 0) return
      accepted = true
      waiting = waiting.subarray(end + 4)
    }
    for (let next = readFrame(waiting); next; next = readFrame(waiting)) {
      waiting = next.rest
      if (next.opcode === OPCODE.text) received.push(next.payload.toString())
      if (next.opcode === OPCODE.close) socket.end()
    }
  })
  const lines = Object.entries({
    Host: 'localhost',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n${lines.join('')}\r\n`)
  await until('the server to open', () => received.length > 0 || closed)

  let asked = 0
  const send = (text: string) => void socket.write(frame(text))
  return {
    received,
    get closed() {
      return closed
    },
    write: (bytes) => void socket.write(bytes),
    send,
    async join() {
      send('40/authenticated,')
      await until('session:ready', () => received.some((text) => text.includes('session:ready')))
    },
    async answers() {
      asked += 1
      const id = 1_000 + asked
      send(`42/authenticated,${id}["balance:get"]`)
      const answered = () => received.some((text) => text.startsWith(`43/authenticated,${id}[{"ok":true`))
      await until('an answer, or the end of the connection', () => closed || answered())
      return answered()
    },
    async [Symbol.asyncDispose]() {
      socket.destroy()
    },
  }
}

/** The first whole frame of what a server sent. */
function readFrame(bytes: Buffer): { opcode: number; payload: Buffer; rest: Buffer } | null {
  if (bytes.length < 2) return null
  const short = (bytes[1] ?? 0) & 0x7f
  const head = short < 126 ? 2 : short === 126 ? 4 : 10
  if (bytes.length < head) return null
  const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  if (bytes.length < head + length) return null
  const opcode = (bytes[0] ?? 0) & 0x0f
  return { opcode, payload: bytes.subarray(head, head + length), rest: bytes.subarray(head + length) }
}
