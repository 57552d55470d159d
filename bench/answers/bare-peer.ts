/** Bare Socket.IO in a process of its own: sends what the model says as it comes, and does nothing else. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { SOCKETS, serve } from './peer.ts'
import { recordAnswer, replay } from './text.ts'

/** How long text is gathered for one packet; 0: every event of the model is one. */
const windowMs = Number(process.argv[2] ?? 0)
const model = replay(await recordAnswer())
const httpServer = createServer()
const io = new Server(httpServer, { serveClient: false })

io.on('connection', (socket) => {
  let answers = 0
  socket.on('answer:start', async (_request: unknown, acknowledge: (answer: object) => void) => {
    const answerId = `answer-${answers++}`
    acknowledge({ ok: true, data: { answerId } })
    let offset = 0
    let waiting = ''
    let sentAt = 0
    const send = () => {
      socket.emit('answer:delta', { answerId, offset, text: waiting })
      offset += waiting.length
      waiting = ''
      sentAt = performance.now()
    }
    const { signal } = new AbortController()
    for await (const event of model.stream({ model: '', messages: [], maxOutputTokens: 0, signal })) {
      if (event.type !== 'text') continue
      waiting += event.text
      if (performance.now() - sentAt >= windowMs) send()
    }
    if (waiting !== '') send()
    socket.emit('answer:end', { answerId, outcome: 'complete' })
  })
})
httpServer.listen(0, '127.0.0.1', () => {
  const { port } = httpServer.address() as AddressInfo
  serve({ url: `http://127.0.0.1:${port}/`, cookies: Array.from({ length: SOCKETS }, () => '') })
})
