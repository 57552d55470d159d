import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Stripe from 'stripe'

/** A webhook endpoint of a shop, which verifies what it gets with the official client. */
export interface Receiver extends AsyncDisposable {
  url: string
  events: Stripe.Event[]
  /** How it answers from now on. */
  status: number
  /** How many requests came, refused ones included. */
  requests: number
}

export async function openReceiver(secret: string): Promise<Receiver> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString('utf8')
    receiver.requests += 1
    const signature = String(request.headers['stripe-signature'])
    if (receiver.status === 200) receiver.events.push(Stripe.webhooks.constructEvent(body, signature, secret))
    response.writeHead(receiver.status).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/stripe`,
    events: [],
    status: 200,
    requests: 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return receiver
}
