import { z } from 'zod'
import * as answers from './answers.ts'
import { balance, empty } from './common.ts'

/** An event from the client, with what it is answered with. */
export interface EventContract<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly input: I
  readonly ack: O
  /** Its payload may be longer than that of other events: as long as the longest prompt. */
  readonly long?: boolean
  /** Codes of its own that it may be refused with, beside those of the protocol. */
  readonly errors?: readonly string[]
}
const nothing = z.object({})

/** Sockets in each namespace. */
export const connections = z.object({ public: z.int(), authenticated: z.int() })
export type Connections = z.infer<typeof connections>
/** Whose socket it is: of one user and one session, as long as it lives. Limits are those of this server. */
export const sessionReady = z.object({
  user: z.object({ id: z.string(), name: z.string() }),
  session: z.object({ id: z.string() }).optional(),
  limits: z.object({ frameBytes: z.int(), promptCharacters: z.int().optional() }).optional(),
  expiresAt: z.string(),
  recovered: z.boolean(),
  balance,
})
export type SessionReady = z.infer<typeof sessionReady>
export const sessionRenewed = z.object({ expiresAt: z.string() })
export const sessionEnded = z.object({ reason: z.enum(['revoked', 'expired', 'user_deleted']) })
export type SessionEnded = z.infer<typeof sessionEnded>
export const serverDraining = z.object({ retryAfterMs: z.int() })

/** The namespaces, by the names that events are listed under. */
export const namespacePaths = { public: '/', authenticated: '/authenticated' } as const
export type NamespaceName = keyof typeof namespacePaths

/** What clients may send, by namespace. */
export const clientEvents = {
  public: {
    'connections:get': { input: empty, ack: connections },
  },
  authenticated: {
    'connections:get': { input: empty, ack: connections },
    'balance:get': { input: empty, ack: balance },
    'answer:start': { input: answers.answerStart, ack: answers.answerStarted, long: true },
    'answer:resume': { input: answers.answerResume, ack: answers.answerResumed },
    'answer:stop': { input: answers.answerStop, ack: nothing },
  },
} as const satisfies Record<NamespaceName, Record<string, EventContract>>

/** What the server sends, by namespace. */
export const serverEvents = {
  public: {
    'connections:changed': connections,
    'server:draining': serverDraining,
  },
  authenticated: {
    'connections:changed': connections,
    'session:ready': sessionReady,
    'session:renewed': sessionRenewed,
    'session:ended': sessionEnded,
    'server:draining': serverDraining,
    'balance:changed': balance,
    'answer:delta': answers.answerDelta,
    'answer:cost': answers.answerCost,
    'answer:end': answers.answerEnd,
  },
} as const satisfies Record<NamespaceName, Record<string, z.ZodType>>

type ServerEvents<N extends NamespaceName> = (typeof serverEvents)[N]
/** The payload of an event from the server; any object for an event that a feature adds. */
export type ServerPayload<N extends NamespaceName, E extends string> = E extends keyof ServerEvents<N>
  ? ServerEvents<N>[E] extends z.ZodType<infer P>
    ? P
    : never
  : object
