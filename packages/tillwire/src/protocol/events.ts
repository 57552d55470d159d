import { z } from 'zod'
import * as answers from './answers.ts'
import { balance, empty } from './common.ts'

/** An event from the client, with what it is answered with. */
export interface EventContract<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly input: I
  readonly ack: O
}
const nothing = z.object({})

export const connections = z.object({ public: z.int(), authenticated: z.int() })
export type Connections = z.infer<typeof connections>
export const sessionReady = z.object({
  user: z.object({ id: z.string(), name: z.string() }),
  expiresAt: z.string(),
  recovered: z.boolean(),
  balance,
})
export const sessionEnded = z.object({ reason: z.enum(['revoked', 'expired', 'user_deleted']) })

/** What clients may send, by namespace. */
export const clientEvents = {
  public: {
    'connections:get': { input: empty, ack: connections },
  },
  authenticated: {
    'connections:get': { input: empty, ack: connections },
    'balance:get': { input: empty, ack: balance },
    'answer:start': { input: answers.answerStart, ack: answers.answerStarted },
    'answer:resume': { input: answers.answerResume, ack: answers.answerResumed },
    'answer:stop': { input: answers.answerStop, ack: nothing },
  },
} as const satisfies Record<string, Record<string, EventContract>>

/** What the server sends, by namespace. */
export const serverEvents = {
  public: {
    'connections:changed': connections,
    'server:draining': z.object({ retryAfterMs: z.int() }),
  },
  authenticated: {
    'connections:changed': connections,
    'session:ready': sessionReady,
    'session:renewed': z.object({ expiresAt: z.string() }),
    'session:ended': sessionEnded,
    'server:draining': z.object({ retryAfterMs: z.int() }),
    'balance:changed': balance,
    'answer:delta': answers.answerDelta,
    'answer:cost': answers.answerCost,
    'answer:end': answers.answerEnd,
  },
} as const satisfies Record<string, Record<string, z.ZodType>>
