import type { HttpError } from 'tillwire/protocol'
import { httpStatusOf, isFault, toWireError } from 'tillwire/sockets'
import { forRequest } from '../../../../server/for-request.ts'
import { logger, tillwire } from '../../../../server/tillwire.ts'

const handle = (request: Request): Promise<Response> =>
  forRequest(request, async (requestId) => {
    try {
      const { auth } = await tillwire()
      return await auth.handler(request)
    } catch (err) {
      logger()[isFault(err) ? 'error' : 'warn']({ err }, 'A sign-in request failed')
      const { code, message } = toWireError(err)
      return Response.json({ error: { code, message, requestId } } satisfies HttpError, { status: httpStatusOf(code) })
    }
  })

export { handle as GET, handle as POST }
