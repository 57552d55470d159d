import { z } from 'zod'
import { collection } from '../store/index.ts'
import { plainText } from './plain-text.ts'

const time = z.iso.datetime()
/** How an event in the inbox can stand. */
export const EVENT_STATUSES = ['pending', 'done', 'parked'] as const
const money = z.object({ amount: z.int().positive(), currency: z.string().length(3) })
const count = z.int().min(0)

export const address = z.strictObject({
  line1: plainText(200).optional(),
  line2: plainText(200).optional(),
  city: plainText(100).optional(),
  state: plainText(100).optional(),
  postalCode: plainText(20).optional(),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'use the two capital letters of ISO 3166')
    .optional(),
})

/** Users as buyers; the id follows from the user's. */
export const customers = collection({
  name: 'customers',
  schema: z.object({
    userId: z.string(),
    stripeCustomerId: z.string(),
    username: z.string(),
    email: z.string(),
    firstName: z.string().nullable(),
    lastName: z.string().nullable(),
    phone: z.string().nullable(),
    address: address.nullable(),
    /** Customers at Stripe that were deleted there, the last ones, and when the last was made again. */
    former: z.array(z.string()).default([]),
    remadeAt: time.nullable().default(null),
  }),
  unique: [['userId'], ['stripeCustomerId']],
})

/** Users for whom a run is making a customer; the id is the user's. Gone when the customer is there, or is given up. */
export const customerClaims = collection({
  name: 'customer_claims',
  schema: z.object({
    runId: z.string(),
    /** The version of a user document that was made for this claim; null when the user was there before. */
    madeUser: z.int().nullable(),
  }),
})

/** Packs that somebody went to buy: what was promised, for how much, and what became of it. */
export const checkouts = collection({
  name: 'checkouts',
  schema: z.object({
    userId: z.string(),
    stripeCustomerId: z.string(),
    pack: z.string(),
    name: z.string(),
    /** Microcredits. */
    credits: z.int().positive(),
    price: money,
    /** `processing`: a payment that takes days is under way. `failed`: it did not come. */
    status: z.enum(['open', 'processing', 'paid', 'failed', 'expired']),
    stripeSessionId: z.string().optional(),
    /** The payment intent that paid it; the session where a coupon left nothing to pay. */
    payment: z.string().optional(),
    paidAt: time.nullable(),
    /** What was paid, in the price's currency: less than the price where a coupon took from it. */
    paid: count.optional(),
    /** Why it failed. */
    failure: z.string().optional(),
    /** Refunded and disputed by now, in the price's currency, and the microcredits that are taken back for both. */
    refunded: count,
    disputed: count.default(0),
    /** The ids of its disputes. */
    disputes: z.array(z.string()).default([]),
    reversed: count,
    /** How often credits were taken back or given back: the next time's key is counted by it. */
    moves: count.default(0),
  }),
  unique: [['stripeSessionId'], ['payment']],
  indexes: [['userId', 'status', 'createdAt'], ['userId', 'id'], ['status']],
})

/** Charges to a card on file. */
export const charges = collection({
  name: 'charges',
  schema: z.object({
    customerId: z.string(),
    stripeCustomerId: z.string(),
    paymentMethod: z.string(),
    amount: money,
    description: z.string(),
    status: z.enum(['pending', 'succeeded', 'failed']),
    paymentIntent: z.string().optional(),
  }),
  unique: [['paymentIntent']],
  indexes: [['customerId', 'id']],
})

/** What Stripe told us, by its event id. Only what names the object is kept: handlers read the object itself from Stripe. */
export const webhookEvents = collection({
  name: 'webhook_events',
  schema: z.object({
    type: z.string(),
    objectId: z.string(),
    /** The payment intent that it is about, as the event said: where to look, never what happened. */
    payment: z.string().optional(),
    source: z.enum(['webhook', 'poll']),
    status: z.enum(EVENT_STATUSES),
    /** How often work on it was begun. */
    attempts: count,
    /** When it may be worked on: while work is under way, when that counts as lost. */
    dueAt: time,
    lastError: z.string().nullable(),
    doneAt: time.optional(),
  }),
  // Stripe lists an event for 30 days: until then it may be read again, and must be known.
  retention: { after: '31d', from: 'doneAt', action: 'delete' },
  indexes: [['status', 'dueAt'], ['status', 'createdAt'], ['createdAt'], ['objectId'], ['payment']],
})

/** How far Stripe's events have been read. One document. */
export const eventCursors = collection({
  name: 'event_cursors',
  schema: z.object({
    /** Everything older has been read; seconds, as Stripe counts. */
    since: z.int(),
    /** A reading that has not come to its end: the newest event it saw, and the last one it took. */
    unfinished: z.object({ newest: z.int(), after: z.string() }).nullable(),
  }),
})

/** Every collection of this folder. */
export const commerceCollections = [customers, customerClaims, checkouts, charges, webhookEvents, eventCursors] as const
