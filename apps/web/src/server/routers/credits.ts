import { TRPCError } from '@trpc/server'
import { type Entry, holderOf } from 'tillwire/credits'
import { z } from 'zod'
import { protectedProcedure, router } from '../trpc.ts'
import { spendOf } from '../usage.ts'

const HISTORY_DEFAULT = 50
const HISTORY_MOST = 100
/** Where a purchase that was just made is looked for: among this many newest entries. */
const RECENT_ENTRIES = 50

/** A line of the ledger as its holder sees it. Amounts are microcredits. */
export interface HistoryItem {
  readonly id: string
  readonly at: string
  readonly kind: Entry['kind']
  /** What it added to, or took from, what the holder owns; 0 when it only set credits aside or let them go. */
  readonly amount: number
  /** What the holder owned after it: available and held, less debt. */
  readonly balanceAfter: number
  readonly description: string
  readonly refs: Readonly<Record<string, string>>
}

const OWN_ACCOUNTS: readonly string[] = ['available', 'held', 'debt']

/** An entry as a line: what moves between available and held stays the holder's; debt counts against them. */
export function historyItem({ id, at, kind, postings, after, description, refs }: Entry): HistoryItem {
  const own = postings.filter(({ account }) => OWN_ACCOUNTS.includes(account))
  return {
    id,
    at,
    kind,
    amount: own.reduce((sum, { amount }) => sum + amount, 0),
    balanceAfter: after.available + after.held - after.debt,
    description,
    refs,
  }
}

export const creditsRouter = router({
  balance: protectedProcedure.query(async ({ ctx }) => {
    const { available, held, debt, version } = await ctx.app.credits.balance(holderOf(ctx.userId))
    return { available, held, debt, version }
  }),

  history: protectedProcedure
    .input(
      z
        .object({
          cursor: z.string().max(500).nullish(),
          limit: z.int().min(1).max(HISTORY_MOST).default(HISTORY_DEFAULT),
        })
        .prefault({}),
    )
    .query(async ({ ctx, input }) => {
      const page = { limit: input.limit, ...(input.cursor ? { after: input.cursor } : {}) }
      const { items, next } = await ctx.app.credits.entries(holderOf(ctx.userId), page)
      return { items: items.map(historyItem), next }
    }),

  packs: protectedProcedure.query(({ ctx }) => ctx.app.commerce.packs),

  checkout: protectedProcedure.input(z.object({ pack: z.string().max(100) })).mutation(async ({ ctx, input }) => {
    const { commerce } = ctx.app
    if (!commerce.packs.some((pack) => pack.id === input.pack)) {
      throw new TRPCError({ code: 'NOT_FOUND', message: 'There is no such pack.' })
    }
    const { url } = await commerce.checkout({ username: ctx.session.user.email, pack: input.pack })
    return { url }
  }),

  /** Asks Stripe about this user's open checkouts: the same idempotent work as the webhook's. */
  sync: protectedProcedure.mutation(async ({ ctx }) => {
    const { granted } = await ctx.app.commerce.syncCheckouts(ctx.session.user.email)
    const { items } = await ctx.app.credits.entries(holderOf(ctx.userId), { limit: RECENT_ENTRIES })
    const purchase = items.find((entry) => entry.kind === 'grant' && entry.refs.payment)
    return { granted, purchase: purchase ? historyItem(purchase) : null }
  }),

  usage: protectedProcedure
    .input(z.object({ timeZone: z.string().max(64).default('UTC') }).prefault({}))
    .query(({ ctx, input }) =>
      spendOf({ answers: ctx.app.answers, userId: ctx.userId, now: ctx.app.clock.now(), timeZone: input.timeZone }),
    ),
})
