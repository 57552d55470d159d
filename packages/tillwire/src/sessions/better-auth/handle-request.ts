import { EXPECTED_USER_HEADER } from '../../protocol/index.ts'
import { TransactionConflict, UniqueViolation } from '../../store/index.ts'
import { SignedInAsAnother } from '../errors.ts'

/** No form of ours comes near it. */
const MAX_BODY_BYTES = 64 * 1024
/**
 * How much of a body that is too long is read and thrown away: a connection with the rest of it still on the way
 * fails the next request that its sender makes on it. Past this the answer ends the connection.
 */
const MAX_DRAINED_BYTES = 4 * 1024 * 1024
/** How often a request is tried that only another one at the same moment keeps from succeeding. */
const ATTEMPTS = 4

/** How the session of a request is known. */
export interface SessionParts {
  /** The `Cookie` header with the one session cookie that counts. */
  cookieFor(cookie: string): Promise<string>
  /** The id of who is signed in; null when nobody is. */
  userOf(cookie: string): Promise<string | null>
}
type Handler = (request: Request) => Promise<Response>

/**
 * Better Auth's handler for requests as they come: with the one session cookie that counts, with a
 * bounded body, and again when another request at the same moment was in its way. What it refuses in
 * time has changed nothing, so trying again is safe. What a page asks that was made for somebody else
 * than who is signed in now is refused.
 */
export function handleRequests(handler: Handler, { cookieFor, userOf }: SessionParts): Handler {
  return async (request) => {
    const body = await boundedBody(request)
    if (body === 'too long' || body === 'endless') {
      const answer = refused(413, 'PAYLOAD_TOO_LARGE', `The body is longer than ${MAX_BODY_BYTES} bytes.`)
      if (body === 'endless') answer.headers.set('connection', 'close')
      return answer
    }
    const headers = new Headers(request.headers)
    const cookie = headers.get('cookie')
    const expected = headers.get(EXPECTED_USER_HEADER)
    if (expected !== null && (await userOf(cookie ?? '')) !== expected) {
      return refused(401, 'SIGNED_IN_AS_ANOTHER', new SignedInAsAnother().message)
    }
    if (cookie !== null) headers.set('cookie', await cookieFor(cookie))
    for (let attempt = 1; ; attempt++) {
      try {
        return await handler(new Request(request.url, { method: request.method, headers, body }))
      } catch (error) {
        if (!UniqueViolation.is(error) && !TransactionConflict.is(error)) throw error
        if (attempt < ATTEMPTS) continue
        if (UniqueViolation.is(error)) return refused(422, 'USER_ALREADY_EXISTS', 'This address is taken.')
        throw error
      }
    }
  }
}

function refused(status: number, code: string, message: string): Response {
  return Response.json({ code, message }, { status })
}

/** The body's bytes; undefined when there is none. One that is too long has been read to its end, unless it is endless. */
async function boundedBody(request: Request): Promise<Uint8Array<ArrayBuffer> | undefined | 'too long' | 'endless'> {
  if (!request.body) return undefined
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request.body) {
    length += chunk.byteLength
    if (length > MAX_DRAINED_BYTES) return 'endless'
    if (length <= MAX_BODY_BYTES) chunks.push(chunk)
  }
  return length > MAX_BODY_BYTES ? 'too long' : new Uint8Array(Buffer.concat(chunks))
}
