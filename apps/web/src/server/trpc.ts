import 'server-only'
import { initTRPC } from '@trpc/server'
import superjson from 'superjson'
import { isTillwireError } from 'tillwire'
import { EXPECTED_USER_HEADER } from 'tillwire/protocol'
import { SignedInAsAnother, Unauthenticated } from 'tillwire/sessions'
import { OriginNotAllowed } from 'tillwire/sockets'
import { isSameOrigin } from './origins.ts'
import { prolong, sessionOf } from './session.ts'
import { settings, tillwire } from './tillwire.ts'
import { trpcErrorOf, wireErrorOf } from './wire-error.ts'

export interface Context {
  readonly headers: Headers
  readonly responseHeaders: Headers
}

const t = initTRPC.context<Context>().create({
  transformer: superjson,
  errorFormatter({ shape, error }) {
    const wire = wireErrorOf(error)
    const { code, httpStatus, path } = shape.data
    return { ...shape, message: wire.message, data: { code, httpStatus, path, error: wire } }
  },
})

export const router = t.router

const publicProcedure = t.procedure
  .use(async ({ next }) => {
    const result = await next()
    if (!result.ok && isTillwireError(result.error.cause)) throw trpcErrorOf(result.error.cause)
    return result
  })
  .use(({ ctx, type, next }) => {
    if (type === 'mutation' && !isSameOrigin(ctx.headers, settings())) throw new OriginNotAllowed()
    return next()
  })

/**
 * For signed-in users. Each call reads who asks, and gets that user and the parts to work with: there
 * is no other way to name a user. What changes something must come from our own pages.
 */
export const protectedProcedure = publicProcedure.use(async ({ ctx, next }) => {
  const session = await sessionOf(ctx.headers)
  if (!session) throw new Unauthenticated()
  // A page that was made for one user must not speak for the next.
  if ((ctx.headers.get(EXPECTED_USER_HEADER) ?? session.user.id) !== session.user.id) throw new SignedInAsAnother()
  await prolong(session, ctx.headers, ctx.responseHeaders)
  return next({ ctx: { session, userId: session.user.id, app: await tillwire() } })
})
