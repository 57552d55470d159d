import express from 'express'
import { type App, defineFeature } from 'tillwire'

/** Stripe's events are a few kilobytes. */
const MAX_BODY = '1mb'

/** Stripe's deliveries: kept first, worked on after. Whatever was missed is read from Stripe itself. */
export default defineFeature({
  name: 'webhooks',
  routes(router, app) {
    // The signature is over the bytes as they came, whatever their type is said to be.
    const rawBody = express.raw({ type: () => true, limit: MAX_BODY, inflate: false })
    const work = whenIdle(app)
    router.post('/webhooks/stripe', rawBody, async (request, response) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      const signature = request.headers['stripe-signature']
      const { eventId, duplicate } = await app.commerce.webhooks.receive(body, signature?.toString())
      response.status(200).json({ received: true, eventId, duplicate })
      work()
    })
  },
  jobs: [
    { name: 'work-on-webhooks', every: '1s', run: ({ commerce }) => commerce.webhooks.work() },
    { name: 'poll-stripe-events', every: '15s', run: ({ commerce }) => commerce.webhooks.poll() },
  ],
})

/** Works on the inbox at once, in this process: not over itself, and once more when asked meanwhile. */
function whenIdle({ commerce, logger }: App): () => void {
  let working = false
  let again = false
  return async function work() {
    again = true
    if (working) return
    working = true
    try {
      while (again) {
        again = false
        await commerce.webhooks.work()
      }
    } catch (err) {
      // The job tries again in a second.
      logger.warn({ err }, 'The inbox could not be worked on')
    } finally {
      working = false
    }
  }
}
