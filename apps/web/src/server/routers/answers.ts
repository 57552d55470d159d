import { answerStart } from 'tillwire/protocol'
import { z } from 'zod'
import { protectedProcedure, router } from '../trpc.ts'

const LIST_DEFAULT = 30
const LIST_MOST = 100
/** How long an answer usually is, in tokens; only for the estimate beside the worst case. */
const USUAL_OUTPUT_TOKENS = 400
const TOKENS_PER_PRICE = 1_000_000

export const answersRouter = router({
  list: protectedProcedure
    .input(
      z
        .object({ cursor: z.string().max(500).nullish(), limit: z.int().min(1).max(LIST_MOST).default(LIST_DEFAULT) })
        .prefault({}),
    )
    .query(({ ctx, input }) =>
      ctx.app.answers.list({
        userId: ctx.userId,
        limit: input.limit,
        ...(input.cursor ? { after: input.cursor } : {}),
      }),
    ),

  get: protectedProcedure
    .input(z.object({ id: z.string().max(100) }))
    .query(({ ctx, input }) => ctx.app.answers.get({ userId: ctx.userId, answerId: input.id })),

  /** What a question costs at most, and about. Changes nothing; a mutation because prompts are too long for an address. */
  quote: protectedProcedure.input(answerStart.omit({ key: true, reserve: true })).mutation(async ({ ctx, input }) => {
    const { max, inputTokens, model } = await ctx.app.answers.quote(input)
    const { prices } = ctx.app.config
    const price = prices.models[model]
    if (!price) return { max, about: max, inputTokens, model }
    const output = Math.min(USUAL_OUTPUT_TOKENS, input.maxOutputTokens ?? price.maxOutputTokens)
    const usual = (inputTokens * price.input + output * price.output) / TOKENS_PER_PRICE
    return { max, about: Math.min(max, Math.max(prices.minimum, Math.ceil(usual))), inputTokens, model }
  }),
})

export const receiptsRouter = router({
  get: protectedProcedure
    .input(z.object({ id: z.string().max(100) }))
    .query(({ ctx, input }) => ctx.app.answers.receipt({ userId: ctx.userId, receiptId: input.id })),
})
