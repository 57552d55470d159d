import 'server-only'
import { withRequest } from 'tillwire'
import { REQUEST_ID_HEADER } from 'tillwire/protocol'
import { requestIdFrom } from 'tillwire/sockets'

/** Answers a request under its id: the caller's when that is a plain one. It is told in the answer. */
export async function forRequest(
  request: Request,
  answer: (requestId: string) => Promise<Response>,
): Promise<Response> {
  const requestId = requestIdFrom(request.headers.get(REQUEST_ID_HEADER))
  const { status, statusText, headers, body } = await withRequest(requestId, () => answer(requestId))
  const told = new Headers(headers)
  told.set(REQUEST_ID_HEADER, requestId)
  return new Response(body, { status, statusText, headers: told })
}
