import { charges, checkouts, customers, webhookEvents } from '../../commerce/index.ts'
import { grants, type Holder, ledgerAccounts } from '../../credits/index.ts'
import type { Store } from '../../store/index.ts'
import { workflowRuns } from '../../workflow/index.ts'
import { GrantUse } from './grant-use.ts'
import { paymentOfObject, sessionOfPayment } from './linked-events.ts'
import { newest } from './newest.ts'
import type { Charge, Checkout, Customer, PaymentDocuments } from './payment-timeline.ts'
import { type Ledger, readEntries } from './read-entries.ts'

/** What a payment can be found by: a payment intent, or a checkout that may have none yet. */
export type PaymentKey = { readonly payment: string } | { readonly checkout: string }

/** A payment and what belongs to it; null when there is none. */
export async function loadPayment(ledger: Ledger, key: PaymentKey): Promise<PaymentDocuments | null> {
  const { store } = ledger
  const linked = await linkedTo(store, key)
  const { checkout, payment, charge, grant, account } = await store.transaction(async (tx) => {
    const checkout = linked.checkout === undefined ? null : await tx.collection(checkouts).get(linked.checkout)
    const payment = checkout?.payment ?? linked.payment
    const charge = payment === undefined ? null : await tx.collection(charges).findOne({ paymentIntent: payment })
    const grant = payment === undefined ? null : await tx.collection(grants).findOne({ 'source.payment': payment })
    const account = grant && (await tx.collection(ledgerAccounts).get(grant.holder))
    return { checkout, payment, charge, grant, account }
  })
  if (!checkout && !charge && !grant) return null
  const session = checkout?.stripeSessionId
  const made = [checkout, charge].flatMap((record) => (record ? [runOf(record.id)] : []))
  const refunds = { workflow: 'commerce.refund-pack', 'input.payment': payment ?? '' }
  const refunded = await newest(store, workflowRuns, refunds)
  const named = await newest(store, webhookEvents, { payment: payment ?? '' })
  // An event of a checkout session names its payment only once there is one.
  const opened = await newest(store, webhookEvents, { objectId: session ?? '', payment: { exists: false } })
  return {
    id: payment ?? session ?? checkout?.id ?? '',
    checkout,
    charge,
    grant,
    account,
    customer: await customerOf(store, checkout, charge),
    runs: [...(await store.collection(workflowRuns).getMany(made)).filter((run) => run !== null), ...refunded.items],
    events: [...named.items, ...opened.items],
    unread: refunded.unread + named.unread + opened.unread,
    ...(await readUse(ledger, grant, account?.sequence ?? 0)),
  }
}

async function customerOf(store: Store, checkout: Checkout | null, charge: Charge | null): Promise<Customer | null> {
  const all = store.collection(customers)
  if (checkout) return all.findOne({ userId: checkout.userId })
  return charge && all.get(charge.customerId)
}

interface Linked {
  readonly payment: string | undefined
  /** Its id. */
  readonly checkout: string | undefined
}

async function linkedTo(store: Store, key: PaymentKey): Promise<Linked> {
  const documents = store.collection(checkouts)
  if ('checkout' in key) {
    const session = (await documents.get(key.checkout))?.stripeSessionId
    return { ...key, payment: session === undefined ? undefined : await paymentOfObject(store, session) }
  }
  const { payment } = key
  const stripeSessionId = (await sessionOfPayment(store, payment)) ?? ''
  const checkout = (await documents.findOne({ payment })) ?? (await documents.findOne({ stripeSessionId }))
  return { payment, checkout: checkout?.id }
}

/** A checkout and a charge have the id of the run that made them. */
function runOf(id: string): string {
  return id.replace(/^[a-z]+_/, 'run_')
}

async function readUse(
  ledger: Ledger,
  grant: PaymentDocuments['grant'],
  upTo: number,
): Promise<Pick<PaymentDocuments, 'use' | 'unreadable'>> {
  const use = new GrantUse(grant?.id ?? '')
  if (!grant) return { use, unreadable: [] }
  const unreadable = await readEntries(ledger, grant.holder as Holder, (entry) => {
    if (entry.sequence <= upTo) use.add(entry)
    return entry.id !== grant.entry
  })
  return { use, unreadable }
}
