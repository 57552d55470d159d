import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { appRouter } from '../../../../server/root.ts'
import { logger } from '../../../../server/tillwire.ts'

const handle = (request: Request): Promise<Response> =>
  fetchRequestHandler({
    endpoint: '/api/trpc',
    req: request,
    router: appRouter,
    createContext: ({ resHeaders }) => ({ headers: request.headers, responseHeaders: resHeaders }),
    responseMeta: () => ({ headers: { 'cache-control': 'no-store' } }),
    onError({ error, path }) {
      if (error.code === 'INTERNAL_SERVER_ERROR')
        logger().error({ err: error.cause ?? error, path }, 'A procedure failed')
    },
  })

export { handle as GET, handle as POST }
