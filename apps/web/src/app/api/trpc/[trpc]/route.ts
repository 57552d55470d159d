import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { forRequest } from '../../../../server/for-request.ts'
import { appRouter } from '../../../../server/root.ts'
import { logger } from '../../../../server/tillwire.ts'
import { isOurs } from '../../../../server/wire-error.ts'

const handle = (request: Request): Promise<Response> =>
  forRequest(request, () =>
    fetchRequestHandler({
      endpoint: '/api/trpc',
      req: request,
      router: appRouter,
      createContext: ({ resHeaders }) => ({ headers: request.headers, responseHeaders: resHeaders }),
      responseMeta: () => ({ headers: { 'cache-control': 'no-store' } }),
      onError({ error, path }) {
        if (error.code === 'INTERNAL_SERVER_ERROR')
          logger().error({ err: error.cause ?? error, path }, 'A procedure failed')
        else if (isOurs(error)) logger().warn({ err: error.cause ?? error, path }, 'A procedure was refused')
      },
    }),
  )

export { handle as GET, handle as POST }
