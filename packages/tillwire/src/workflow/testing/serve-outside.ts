import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import { KeySpent, NothingHappened } from '../errors.ts'
import { Away, type Outside, type Party, Refused } from './outside.ts'

const REFUSED = 402
const KEY_SPENT = 409
const NOT_SENT = 421
const HOST = '127.0.0.1'

interface Question {
  readonly name: string
  readonly key?: string
  readonly request?: object
}

/** Serves the outside to other processes. A request that is not answered has its connection cut. */
export async function serveOutside(outside: Outside): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer(async (request, response) => {
    const { status, body } = await answer(outside, request)
    if (status === null) response.destroy()
    else response.writeHead(status).end(JSON.stringify(body ?? null))
  })
  server.listen(0, HOST)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('It listens on no port')
  return {
    url: `http://${HOST}:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function answer(
  outside: Outside,
  request: IncomingMessage,
): Promise<{ readonly status: number | null; readonly body?: unknown }> {
  const { name, key = '', request: asked } = (await json(request)) as Question
  try {
    if (request.url === '/make') return { status: 200, body: outside.make(name, key, asked) }
    if (request.url === '/find') return { status: 200, body: outside.find(name) }
    return { status: 200, body: outside.remove(name, key) }
  } catch (error) {
    if (Refused.is(error)) return { status: REFUSED }
    if (KeySpent.is(error)) return { status: KEY_SPENT }
    if (NothingHappened.is(error)) return { status: NOT_SENT }
    if (Away.is(error)) return { status: null }
    throw error
  }
}

/** The outside as another process asks it. */
export function outsideAt(url: string): Party {
  async function ask<T>(act: 'make' | 'remove' | 'find', question: Question): Promise<T> {
    const body = JSON.stringify(question)
    const response = await fetch(`${url}/${act}`, { method: 'POST', body }).catch(() => {
      throw new Away()
    })
    if (response.status === REFUSED) throw new Refused(question.name)
    if (response.status === NOT_SENT) throw new NothingHappened('it was not sent')
    if (response.status === KEY_SPENT) throw new KeySpent(question.key ?? '')
    return (await response.json()) as T
  }
  return {
    make: (name, key, request) => ask('make', { name, key, request }),
    remove: (name, key) => ask('remove', { name, key }),
    find: (name) => ask('find', { name }),
  }
}
