import type { Context } from '../context.ts'
import { presentEvent } from '../events/present.ts'
import { type Delivery, decideAfterAttempt, dueDeliveries, nextDue, type Outcome, saveDelivery } from './deliveries.ts'
import { signPayload } from './sign.ts'

/** How many deliveries are under way at most; the others wait in the database. */
const MAX_CONCURRENT = 8
const ANSWER_TIMEOUT_MS = 10_000
/** A timer is never set for longer: the clock may be moved, and very long timers fire at once. */
const LONGEST_TIMER_MS = 60_000

/** Sends what is due, and wakes by itself when more is due. One a process. */
export class WebhookSender {
  readonly #context: Context
  readonly #underWay = new Map<number, Promise<void>>()
  readonly #stopped = new AbortController()
  #timer: NodeJS.Timeout | undefined

  constructor(context: Context) {
    this.#context = context
  }

  /** Looks for due deliveries now. Call it after new events and after the clock was moved. */
  wake(): void {
    if (this.#stopped.signal.aborted) return
    clearTimeout(this.#timer)
    const { database, clock } = this.#context
    const now = clock.now()
    for (const delivery of dueDeliveries(database, now, MAX_CONCURRENT * 2)) {
      if (this.#underWay.size >= MAX_CONCURRENT) break
      if (this.#underWay.has(delivery.id)) continue
      this.#underWay.set(delivery.id, this.#send(delivery))
    }
    const next = nextDue(database, now)
    if (next === undefined) return
    this.#timer = setTimeout(() => this.wake(), Math.min(next - now, LONGEST_TIMER_MS))
    this.#timer.unref()
  }

  /** Stops sending; what was under way is given up and sent again by the next process. */
  async close(): Promise<void> {
    this.#stopped.abort()
    clearTimeout(this.#timer)
    await Promise.all(this.#underWay.values())
  }

  async #send(delivery: Delivery): Promise<void> {
    const outcome = await this.#attempt(delivery)
    this.#underWay.delete(delivery.id)
    if (this.#stopped.signal.aborted) return
    saveDelivery(this.#context.database, decideAfterAttempt(delivery, outcome, this.#context.clock.now()))
    this.wake()
  }

  async #attempt(delivery: Delivery): Promise<Outcome> {
    const { objects } = this.#context
    const event = objects.find('event', delivery.event)
    const endpoint = objects.find('webhook_endpoint', delivery.endpoint)
    if (event === undefined || endpoint === undefined) return { error: 'the event or the endpoint is gone' }
    const payload = JSON.stringify(presentEvent(this.#context, event), null, 2)
    const secret = this.#context.webhookSecret ?? objects.hidden('webhook_endpoint', endpoint.id).secret
    // Receivers compare the signature's time with their own clock, so it is real time, whatever the emulator's says.
    const signature = signPayload(payload, secret, Math.floor(Date.now() / 1000))
    try {
      const answer = await fetch(endpoint.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'stripe-signature': signature,
          'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
        },
        body: payload,
        redirect: 'manual',
        signal: AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
      })
      await answer.body?.cancel()
      return { status: answer.status }
    } catch (error) {
      return { error: error instanceof Error ? causeOf(error) : String(error) }
    }
  }
}

function causeOf(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : error.message
}
