import { z } from 'zod'
import { protectedProcedure, router } from '../trpc.ts'

export const sessionsRouter = router({
  list: protectedProcedure.query(async ({ ctx }) => {
    const sessions = await ctx.app.sessions.list(ctx.userId)
    return sessions.map((session) => ({ ...session, current: session.id === ctx.session.sessionId }))
  }),

  revoke: protectedProcedure.input(z.object({ id: z.string().max(100) })).mutation(async ({ ctx, input }) => {
    await ctx.app.sessions.revoke(ctx.userId, input.id)
    return {}
  }),
})
