import { answersRouter, receiptsRouter } from './routers/answers.ts'
import { creditsRouter } from './routers/credits.ts'
import { sessionsRouter } from './routers/sessions.ts'
import { router } from './trpc.ts'

/** Everything that the pages ask for, by noun. */
export const appRouter = router({
  answers: answersRouter,
  credits: creditsRouter,
  receipts: receiptsRouter,
  sessions: sessionsRouter,
})
export type AppRouter = typeof appRouter
