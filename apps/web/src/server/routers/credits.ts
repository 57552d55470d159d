import { holderOf } from 'tillwire/credits'
import { z } from 'zod'
import { historyItem } from '../history.ts'
import { protectedProcedure, router } from '../trpc.ts'
import { spendOf } from '../usage.ts'

const HISTORY_DEFAULT = 50
const HISTORY_MOST = 100
/** What counts as the purchase that someone comes back from: the newest, when it is no older than this. */
const JUST_BOUGHT_MS = 10 * 60_000
const NEWEST_ENTRIES = 50

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

  /** With the same key, the same checkout. */
  checkout: protectedProcedure
    .input(z.object({ pack: z.string().max(100), key: z.string().min(1).max(100).optional() }))
    .mutation(async ({ ctx, input }) => {
      const key = input.key && `${ctx.userId}:${input.key}`
      const { url } = await ctx.app.commerce.checkout({ username: ctx.session.user.email, pack: input.pack, key })
      return { url }
    }),

  /** Asks Stripe about this user's open checkouts: the same idempotent work as the webhook's. */
  sync: protectedProcedure.mutation(async ({ ctx }) => {
    const { granted } = await ctx.app.commerce.syncCheckouts(ctx.session.user.email)
    const { items } = await ctx.app.credits.entries(holderOf(ctx.userId), { limit: NEWEST_ENTRIES })
    const since = new Date(ctx.app.clock.now().getTime() - JUST_BOUGHT_MS).toISOString()
    const purchase = items.find(({ kind, refs, at }) => kind === 'grant' && refs.payment && at >= since)
    return { granted, purchase: purchase ? historyItem(purchase) : null }
  }),

  usage: protectedProcedure
    .input(z.object({ timeZone: z.string().max(64).default('UTC') }).prefault({}))
    .query(({ ctx, input }) =>
      spendOf({ answers: ctx.app.answers, userId: ctx.userId, now: ctx.app.clock.now(), timeZone: input.timeZone }),
    ),
})
