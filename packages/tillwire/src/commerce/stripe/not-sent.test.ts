import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { expect, it } from 'vitest'
import { StripeUnavailable } from '../errors.ts'
import { askStripe } from './ask-stripe.ts'
import { stripeClient } from './stripe-client.ts'

async function listen(server: Server, port = 0): Promise<string> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

async function errorAt(url: string): Promise<unknown> {
  const stripe = stripeClient({ secretKey: 'sk_test_nobody', apiBase: url })
  return askStripe(() => stripe.customers.create({}), 'key').catch((error) => error)
}

it('says that nothing happened where nobody listens', async () => {
  const server = createServer()
  const url = await listen(server)
  server.close()
  await once(server, 'close')
  const error = await errorAt(url)
  expect(StripeUnavailable.is(error) && error.details).toMatchObject({ happened: false })
})

it('leaves it open when a connection was closed, and nobody listens any more when it is made again', async () => {
  let requests = 0
  const server = createServer((request) => {
    requests++
    server.close()
    request.socket.destroy()
  })
  const error = await errorAt(await listen(server))
  expect(requests).toBe(1)
  expect(StripeUnavailable.is(error) && error.details).toEqual({ reason: 'no answer came' })
})
