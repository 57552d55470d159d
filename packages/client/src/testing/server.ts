import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server, type Socket as ServerSocket } from 'socket.io'

/** A bare Socket.IO server whose behaviour a test writes itself. */
export interface TestServer {
  readonly url: string
  readonly io: Server
  /** Authenticated sockets that are connected now. */
  sockets(): Promise<readonly { id: string; disconnect(close?: boolean): unknown }[]>
  close(): Promise<void>
}

/** What the server says when a socket of Ada's has joined. */
export function readyFor(user = 'ada', version = 1) {
  return {
    user: { id: user, name: user },
    session: { id: `session-of-${user}` },
    limits: { frameBytes: 1_000, promptCharacters: 2_000 },
    expiresAt: '2030-01-01T00:00:00.000Z',
    recovered: false,
    balance: { available: 1, held: 0, debt: 0, version },
  }
}

/** `onSession` prepares a socket before the server greets it with `ready`, as Ada unless told. */
export async function startTestServer(
  onSession: (socket: ServerSocket) => void = () => {},
  ready: () => object = readyFor,
): Promise<TestServer> {
  const http = createServer()
  const io = new Server(http, { serveClient: false })
  io.of('/authenticated').on('connection', (socket) => {
    onSession(socket)
    socket.emit('session:ready', ready())
  })
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    io,
    sockets: () => io.of('/authenticated').fetchSockets(),
    close: () => io.close(),
  }
}

/** Waits until `probe` returns something true; fails after `limitMs`. */
export async function until<T>(
  probe: () => T | Promise<T>,
  limitMs = 5_000,
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + limitMs
  for (;;) {
    const value = await probe()
    if (value) return value as Exclude<T, false | null | undefined>
    if (performance.now() > deadline) throw new Error(`Not reached within ${limitMs} ms: ${probe}`)
    await new Promise((wake) => setTimeout(wake, 5))
  }
}
