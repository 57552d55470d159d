import { z } from 'zod'

/** The header that carries a request's id, both ways. */
export const REQUEST_ID_HEADER = 'x-request-id'
/** The header with the id of the user that a page was made for: a request of it is refused once somebody else is signed in. */
export const EXPECTED_USER_HEADER = 'x-tillwire-user'
/** An id that we take over from a caller; anything else is replaced by one of ours. */
export const requestId = z.string().regex(/^[A-Za-z0-9_.:-]{1,128}$/)
/** What may follow the payload of an event from a client. An id that is malformed is replaced, as in the header. */
export const eventEnvelope = z.strictObject({ requestId: requestId.optional().catch(undefined) })

/** What every HTTP error of ours has as its body. */
export const httpError = z.object({ error: z.object({ code: z.string(), message: z.string(), requestId: z.string() }) })
export type HttpError = z.infer<typeof httpError>
