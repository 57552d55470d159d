/** All sockets of one peer in a process of their own: each asks again as soon as it has its answer, for as long as told. */
import { io, type Socket } from 'socket.io-client'
import type { Peer } from './peer.ts'
import { QUESTION } from './text.ts'

export type Order = { readonly open: Peer; readonly length: number } | { readonly runMs: number }
/** Whole answers that came, and how long that took. */
export interface Round {
  readonly answers: number
  readonly ms: number
}

const sockets: Socket[] = []
let expected = 0
let asked = 0

process.on('disconnect', () => process.exit(0))
process.on('message', async (order: Order) => {
  process.send?.('open' in order ? await open(order.open, order.length) : await run(order.runMs))
})
process.send?.('ready')

async function open({ url, cookies }: Peer, length: number): Promise<number> {
  expected = length
  const bare = url.endsWith('/')
  for (const cookie of cookies) {
    const socket = io(url, { forceNew: true, reconnection: false, transports: ['websocket'], extraHeaders: { cookie } })
    await new Promise<void>((resolve, reject) => {
      socket.once(bare ? 'connect' : 'session:ready', () => resolve())
      socket.once('connect_error', reject)
    })
    sockets.push(socket)
  }
  return sockets.length
}

async function run(ms: number): Promise<Round> {
  const begin = performance.now()
  const counts = await Promise.all(
    sockets.map(async (socket) => {
      let answers = 0
      for (; performance.now() < begin + ms; answers++) await answer(socket)
      return answers
    }),
  )
  return { answers: counts.reduce((sum, count) => sum + count, 0), ms: performance.now() - begin }
}

/** Asks, and resolves with the end of the answer; fails when text is missing or out of place. */
function answer(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let length = 0
    const delta = ({ offset, text }: { offset: number; text: string }) => {
      if (offset !== length) reject(new Error(`offset ${offset} follows ${length}`))
      length += text.length
    }
    socket.on('answer:delta', delta)
    socket.once('answer:end', (end: { outcome: string }) => {
      socket.off('answer:delta', delta)
      if (end.outcome === 'complete' && length === expected) resolve()
      else reject(new Error(`an answer of ${length} characters ended ${JSON.stringify(end)}`))
    })
    asked += 1
    const request = { key: `${process.pid}-${asked}`, messages: [{ role: 'user', content: QUESTION }] }
    socket.emit('answer:start', request, (ack: { ok: boolean }) => {
      if (!ack.ok) reject(new Error(JSON.stringify(ack)))
    })
  })
}
