import { z } from 'zod'
import { collection } from '../store/index.ts'

const amount = z.int().min(0)
// Written by the ledger itself, from input that was checked: checking again would cost every movement.
const id = z.string()
const time = z.string()
/** Where credits come from. */
export const SOURCES = ['purchase', 'sign-up', 'manual', 'allowance', 'correction'] as const
const status = z.enum(['open', 'settled', 'released', 'expired'])

/** A grant that has credits left, free or held, as its holder's account keeps it. */
const liveGrant = z.object({
  id,
  amount,
  /** Neither spent nor held. */
  free: amount,
  held: amount,
  /** How much of what comes back from holds is to be reversed; never more than is held. */
  reversing: amount,
  expiresAt: time.nullable(),
  priority: z.int(),
})

/**
 * One document a holder, whose id is the holder: all that a decision needs to know beside a hold.
 * Every movement of a holder replaces it, so its version orders them.
 */
export const ledgerAccounts = collection({
  name: 'ledger_accounts',
  schema: z.object({
    available: amount,
    held: amount,
    debt: amount,
    /** How many entries the holder has. */
    sequence: amount,
    /** The newest of them; each names the one before it. */
    newest: id.nullable(),
    /** The time of the last entry: an account's time never runs backwards, whatever the clocks of its processes. */
    at: time,
    /** When the next hold or free part of a grant ends. */
    dueAt: time.nullable(),
    /** Of its next alarm: when it is due, or earlier. */
    alarmAt: time.nullable(),
    /** In the order in which they are used. */
    grants: z.array(liveGrant),
    /** Those open, soonest end first. */
    holds: z.array(z.object({ id, expiresAt: time })),
  }),
})

/**
 * When an account is to be looked at, for those who do nothing. An alarm stays when what it was set for has
 * gone meanwhile, and is set anew when it rings: an index of accounts by `dueAt` would be changed by every
 * hold, and be a tenth of what a movement costs.
 */
export const ledgerAlarms = collection({
  name: 'ledger_alarms',
  schema: z.object({
    holder: id,
    at: time,
    /** How often the account could not be brought to its date; then it rings again later and later. */
    failures: z.int().min(1).optional(),
    /** Why not, the last time. */
    reason: z.string().optional(),
  }),
  indexes: [['at']],
})

/** Credits given. What is left of one is in its holder's account. */
export const grants = collection({
  name: 'grants',
  schema: z.object({
    holder: id,
    amount,
    source: z.object({
      kind: z.enum(SOURCES),
      payment: z.string().min(1).max(200).optional(),
      reason: z.string().max(500).optional(),
    }),
    expiresAt: time.nullable(),
    priority: z.int(),
    /** The entry that gave it. */
    entry: id,
    /** What is asked back, whether free, held or spent at that time. */
    reversed: amount,
    /** How much of that had been spent: other credits of the holder, or their debt, stand for it. */
    owed: amount,
    /** What was left at its end, less what was reversed of that. */
    expired: amount,
  }),
  unique: [['source.payment']],
})

/** Credits set aside. */
export const holds = collection({
  name: 'holds',
  schema: z.object({
    holder: id,
    status,
    max: amount,
    spent: amount,
    expiresAt: time,
    /** Which grants pay, in this order. Fixed when made; `extend` adds to the end. Together they are `max`. */
    allocations: z.array(z.object({ grant: id, amount })),
    /** The newest of its entries, and how many there are; each names the one before it (see `hold-chain.ts`). */
    newest: id,
    moves: amount,
    /** The last of them before the newest that is a mark. */
    mark: id.nullable(),
  }),
})

/**
 * Every movement, kept for ever, and a chain for each holder: an index in the order of holders would cost every
 * movement a page of its own. Also the record of used keys, which ids are made of (see `entryId`).
 */
export const ledgerEntries = collection({
  name: 'ledger_entries',
  schema: z.object({
    holder: id,
    /** 1 for a holder's first entry, one more with each. */
    sequence: amount,
    /** The holder's entry before this one: the chain that a history is read by. */
    previous: id.nullable(),
    kind: z.enum([
      'grant',
      'reserve',
      'extend',
      'spend',
      'settle',
      'release',
      'expire',
      'reverse',
      'restore',
      'correct',
    ]),
    key: id,
    /** Of the command's input; a key used again with another is refused. */
    inputHash: z.string(),
    at: time,
    postings: z.array(
      z.object({
        account: z.enum([
          'available',
          'held',
          'debt',
          'issued',
          'consumed',
          'expired',
          'reversed',
          'absorbed',
          'corrected',
        ]),
        amount: z.int(),
        grant: id.nullable(),
      }),
    ),
    after: z.object({ available: amount, held: amount, debt: amount }),
    description: z.string().max(500),
    refs: z.record(z.string().max(100), z.string().max(500)),
    /** The hold that was moved, as this entry left it. */
    hold: z
      .object({
        id,
        status,
        max: amount,
        spent: amount,
        expiresAt: time,
        /** Which of its movements this is, from 1. */
        moves: amount,
        /** The entry of the one before: the chain that a hold's entries are read by. */
        previous: id.nullable(),
        mark: id.nullable(),
      })
      .nullable(),
    /** The grant that was given, ended, reversed or restored, and what is asked back of it since. */
    grant: z.object({ id, reversed: amount, owed: amount }).nullable(),
  }),
})

export const creditsCollections = [ledgerAccounts, ledgerAlarms, grants, holds, ledgerEntries] as const

export type LiveGrant = z.output<typeof liveGrant>
export type Account = z.output<typeof ledgerAccounts.schema> & { readonly id: string }
export type GrantRecord = z.output<typeof grants.schema> & { readonly id: string }
export type HoldRecord = z.output<typeof holds.schema> & { readonly id: string }
export type EntryRecord = z.output<typeof ledgerEntries.schema> & { readonly id: string }
