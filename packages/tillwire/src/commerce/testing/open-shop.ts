import { type StripeEmulator, type StripeEmulatorOptions, startStripeEmulator } from '@tillwire/stripe-emulator'
import type Stripe from 'stripe'
import { type Logger, type ManualClock, manualClock, type Observer, credits as units } from '../../core/index.ts'
import { type Credits, creditsCollections, openCredits } from '../../credits/index.ts'
import { sessionsCollections } from '../../sessions/index.ts'
import { openStore, type Store } from '../../store/index.ts'
import { openWorkflows, type RunRecord, type Workflows, workflowCollections } from '../../workflow/index.ts'
import { type Commerce, commerceCollections, openCommerce, type Pack, stripeClient } from '../index.ts'

export const WEBHOOK_SECRET = 'whsec_test_of_commerce'
export const pack: Pack = {
  id: 'starter',
  name: 'Starter',
  credits: units(5_000),
  price: { amount: 500, currency: 'usd' },
}
/** In a currency in which payments may take days. */
export const euroPack: Pack = { ...pack, id: 'euro', name: 'Euro', price: { amount: 500, currency: 'eur' } }
const keys = [{ id: 'k1', key: new Uint8Array(32).fill(7) }]

/** Everything that commerce works with, on real engines, against one emulator. */
export interface Shop extends AsyncDisposable {
  readonly clock: ManualClock
  readonly store: Store
  readonly credits: Credits
  readonly workflows: Workflows
  readonly stripe: Stripe
  readonly commerce: Commerce
}

export interface ShopOptions {
  readonly emulatorUrl: string
  /** `memory:` by default. */
  readonly url?: string
  readonly clock?: ManualClock
  readonly observer?: Observer<RunRecord>
  readonly logger?: Logger
  readonly webhookSecrets?: readonly string[]
  readonly livemode?: boolean
}

export async function openShop(options: ShopOptions): Promise<Shop> {
  const clock = options.clock ?? manualClock(new Date())
  const collections = [...sessionsCollections, ...creditsCollections, ...workflowCollections, ...commerceCollections]
  const store = await openStore({ url: options.url ?? 'memory:', collections, keys, clock })
  const credits = openCredits({ store, clock })
  const workflows = openWorkflows({ store, clock, observer: options.observer })
  const stripe = stripeClient({ secretKey: 'sk_test_emulator', apiBase: options.emulatorUrl })
  const commerce = openCommerce({
    store,
    credits,
    workflows,
    stripe,
    clock,
    logger: options.logger,
    packs: [pack, euroPack],
    urls: { success: 'http://localhost:3000/credits', cancel: 'http://localhost:3000/credits' },
    webhookSecrets: options.webhookSecrets ?? [WEBHOOK_SECRET],
    livemode: options.livemode ?? false,
  })
  const close = async () => {
    await commerce.close()
    await workflows.close()
    await credits.close()
    await store.close()
  }
  return { clock, store, credits, workflows, stripe, commerce, [Symbol.asyncDispose]: close }
}

/** An emulator and the commands of its control. */
export class LocalStripe {
  readonly url: string
  readonly #emulator: StripeEmulator

  constructor(emulator: StripeEmulator) {
    this.#emulator = emulator
    this.url = emulator.url
  }

  static async start(options: StripeEmulatorOptions = {}): Promise<LocalStripe> {
    return new LocalStripe(await startStripeEmulator({ webhookSecret: WEBHOOK_SECRET, ...options }))
  }

  close(): Promise<void> {
    return this.#emulator.close()
  }

  reset(): Promise<unknown> {
    return this.#control('POST', 'reset', {})
  }

  /** How many objects of each kind there are. */
  async counts(): Promise<Record<string, number>> {
    const { counts } = (await this.#control('GET', 'state')) as { counts: Record<string, number> }
    return counts
  }

  async requests(): Promise<{ method: string; path: string; status: number | null; idempotencyKey: string | null }[]> {
    const { requests } = (await this.#control('GET', 'requests')) as never
    return requests
  }

  fault(fault: {
    method?: string
    path: string
    phase?: 'before' | 'after'
    kind: 'error' | 'reset' | 'stall' | 'rate_limit' | 'drop_answer' | 'stale'
    status?: number
    times?: number
  }): Promise<unknown> {
    return this.#control('POST', 'faults', fault)
  }

  /** How many faults are armed still. */
  async armed(): Promise<number> {
    const { faults } = (await this.#control('GET', 'faults')) as { faults: unknown[] }
    return faults.length
  }

  clearFaults(): Promise<unknown> {
    return this.#control('DELETE', 'faults')
  }

  advance(by: string): Promise<unknown> {
    return this.#control('POST', 'clock', { advance: by })
  }

  /** A cardholder disputes a charge, or a part of it; `inquiry`: their bank only asks. */
  async dispute(dispute: { charge: string; amount?: number; inquiry?: 'yes' }): Promise<Stripe.Dispute> {
    return ((await this.#control('POST', 'disputes', dispute)) as { dispute: Stripe.Dispute }).dispute
  }

  /** A refund fails after all. */
  failRefund(refund: string): Promise<unknown> {
    return this.#control('POST', 'refunds/fail', { refund })
  }

  /** Pays on the hosted page as a browser does, by form. */
  pay(url: string, cardNumber = '4242424242424242'): Promise<void> {
    return this.#submit(url, { card_number: cardNumber, expiry: '12 / 40', cvc: '123' })
  }

  /** Pays from a bank account, which takes its time. */
  payByDebit(url: string, iban: string): Promise<void> {
    return this.#submit(url, { iban })
  }

  async #submit(url: string, fields: Record<string, string>): Promise<void> {
    const form = { ...fields, name: 'Ada', email: '', action: 'pay' }
    const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' })
    await answer.body?.cancel()
  }

  async #control(method: string, command: string, body?: object): Promise<unknown> {
    const answer = await fetch(`${this.url}/_emulator/${command}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    if (!answer.ok) throw new Error(await answer.text())
    return answer.json()
  }
}
