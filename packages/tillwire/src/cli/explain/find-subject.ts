import { answerOfHold, answers, receipts } from '../../answers/index.ts'
import { charges, checkouts, customers, webhookEvents } from '../../commerce/index.ts'
import { grants, holderOf, holds, ledgerEntries, readHoldEntries } from '../../credits/index.ts'
import { users } from '../../sessions/index.ts'
import type { DocumentOf, Store } from '../../store/index.ts'
import { workflowRuns } from '../../workflow/index.ts'
import { paymentOfObject } from './linked-events.ts'
import type { PaymentKey } from './load-payment.ts'

/** What an id leads to. */
export type Found =
  | { readonly kind: 'user'; readonly id: string }
  | { readonly kind: 'answer'; readonly id: string }
  | { readonly kind: 'payment'; readonly key: PaymentKey }
  | { readonly kind: 'request'; readonly id: string }

type Look = (store: Store, id: string) => Promise<Found | null>

/** How ids of each kind are followed, by what stands before their first underscore. */
const LOOKS: Readonly<Record<string, Look>> = {
  // Stripe's
  pi: async (_, payment) => ({ kind: 'payment', key: { payment } }),
  cs: async (store, id) => toCheckout(await store.collection(checkouts).findOne({ stripeSessionId: id })),
  ch: byObject,
  py: byObject,
  du: byObject,
  dp: byObject,
  re: async (store, id) => (await byObject(store, id)) ?? byRefundRun(store, id),
  evt: async (store, id) => byEvent(store, await store.collection(webhookEvents).get(id)),
  cus: byStripeCustomer,
  // ours
  checkout: async (store, id) => toCheckout(await store.collection(checkouts).get(id)),
  charge: async (store, id) => toPayment((await store.collection(charges).get(id))?.paymentIntent),
  customer: async (store, id) => toUser((await store.collection(customers).get(id))?.userId),
  answer: async (store, id) => ((await store.collection(answers).get(id)) ? { kind: 'answer', id } : null),
  receipt: async (store, id) => toAnswer((await store.collection(receipts).get(id))?.answerId),
  hold: async (store, id) => {
    const hold = await store.collection(holds).get(id)
    return byEntry(store, hold?.newest)
  },
  grant: async (store, id) => byGrant(await store.collection(grants).get(id)),
  entry: byEntry,
  run: byRun,
  req: async (_, id) => ({ kind: 'request', id }),
}

/** What an id is of, or leads to; null when it leads nowhere. Reads our own store only. */
export async function findSubject(store: Store, id: string): Promise<Found | null> {
  const prefix = id.split('_', 1)[0] ?? ''
  const look = Object.hasOwn(LOOKS, prefix) ? LOOKS[prefix] : undefined
  return (await look?.(store, id)) ?? null
}

const toUser = (id: string | undefined): Found | null => (id === undefined ? null : { kind: 'user', id })
const toAnswer = (id: string | undefined): Found | null => (id === undefined ? null : { kind: 'answer', id })
const toPayment = (payment: string | undefined): Found | null =>
  payment === undefined ? null : { kind: 'payment', key: { payment } }
const toCheckout = (checkout: { readonly id: string } | null): Found | null =>
  checkout && { kind: 'payment', key: { checkout: checkout.id } }
const toHolder = (holder: string): Found | null => {
  const id = holder.replace(/^user\//, '')
  return holderOf(id) === holder ? { kind: 'user', id } : null
}

/** Also by a customer that was deleted at Stripe and made again as another. */
async function byStripeCustomer(store: Store, id: string): Promise<Found | null> {
  const all = store.collection(customers)
  const customer = (await all.findOne({ stripeCustomerId: id })) ?? (await all.findOne({ former: { contains: id } }))
  return toUser(customer?.userId)
}

async function byObject(store: Store, id: string): Promise<Found | null> {
  return toPayment(await paymentOfObject(store, id))
}

async function byRefundRun(store: Store, refundId: string): Promise<Found | null> {
  const where = { workflow: 'commerce.refund-pack', 'output.refundId': refundId }
  return toPayment(textAt((await store.collection(workflowRuns).findOne(where))?.input, 'payment'))
}

async function byEvent(store: Store, event: DocumentOf<typeof webhookEvents> | null): Promise<Found | null> {
  if (!event) return null
  return event.payment === undefined ? findSubject(store, event.objectId) : toPayment(event.payment)
}

function byGrant(grant: DocumentOf<typeof grants> | null): Found | null {
  if (!grant) return null
  const { payment } = grant.source
  return payment === undefined ? toHolder(grant.holder) : toPayment(payment)
}

/** An entry leads to the answer or the grant that it moved, else to its user. */
async function byEntry(store: Store, id: string | undefined): Promise<Found | null> {
  const entry = id === undefined ? null : await store.collection(ledgerEntries).get(id)
  if (!entry) return null
  if (entry.grant) return byGrant(await store.collection(grants).get(entry.grant.id))
  const hold = entry.hold && (await store.collection(holds).get(entry.hold.id))
  const [first] = hold ? (await readHoldEntries(store, hold)).entries : []
  return toAnswer((first && answerOfHold(first.key)) ?? undefined) ?? toHolder(entry.holder)
}

async function byRun(store: Store, id: string): Promise<Found | null> {
  const run = await store.collection(workflowRuns).get(id)
  if (!run) return null
  const made = await store.collection(checkouts).get(id.replace(/^run_/, 'checkout_'))
  if (made) return toCheckout(made)
  const charged = await store.collection(charges).get(id.replace(/^run_/, 'charge_'))
  const payment = charged?.paymentIntent ?? textAt(run.input, 'payment')
  if (payment !== undefined) return toPayment(payment)
  const userId = textAt(run.output, 'userId')
  return userId !== undefined && (await store.collection(users).get(userId)) ? toUser(userId) : null
}

function textAt(value: unknown, name: string): string | undefined {
  if (typeof value !== 'object' || value === null || !(name in value)) return undefined
  const found = (value as Record<string, unknown>)[name]
  return typeof found === 'string' ? found : undefined
}
