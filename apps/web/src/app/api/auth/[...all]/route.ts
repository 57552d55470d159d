import { newId } from 'tillwire'
import type { HttpError } from 'tillwire/protocol'
import { logger, tillwire } from '../../../../server/tillwire.ts'

async function handle(request: Request): Promise<Response> {
  try {
    const { auth } = await tillwire()
    return await auth.handler(request)
  } catch (err) {
    const requestId = newId('request')
    logger().error({ err, requestId }, 'A sign-in request failed')
    const message = 'This is not available right now: try again in a moment.'
    return Response.json({ error: { code: 'unavailable', message, requestId } } satisfies HttpError, { status: 503 })
  }
}

export { handle as GET, handle as POST }
