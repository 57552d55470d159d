import { z } from 'zod'
import { microcredits } from './common.ts'

/** A text that is kept and found again: UTF-8 has no halves of characters, and some databases no NUL. */
const keepable = z
  .string()
  .refine((text) => text.isWellFormed() && !text.includes('\0'), 'NUL and halves of characters cannot be kept')

export const message = z.object({ role: z.enum(['system', 'user', 'assistant']), content: keepable })
export type Message = z.infer<typeof message>

export const answerOutcome = z.enum(['complete', 'stopped', 'out_of_credits', 'failed'])
export type AnswerOutcome = z.infer<typeof answerOutcome>

/** Why there is no answer, or not all of one: the provider's rules cut it off, or the text is the model's refusal. */
export const withheld = z.enum(['content_filter', 'refusal'])
export type Withheld = z.infer<typeof withheld>

export const answerStart = z.object({
  key: keepable.min(1).max(200),
  model: z.string().max(100).optional(),
  messages: z.array(message).min(1).max(1_000),
  maxOutputTokens: z.int().positive().optional(),
  reserve: z.enum(['slice', 'whole']).optional(),
})
export const answerStarted = z.object({ answerId: z.string(), quote: z.object({ max: microcredits }) })
export const answerDelta = z.object({ answerId: z.string(), offset: z.int(), text: z.string() })
export const answerCost = z.object({ answerId: z.string(), spent: microcredits, available: microcredits })
export const answerEnd = z.object({
  answerId: z.string(),
  outcome: answerOutcome,
  spent: microcredits,
  receiptId: z.string().nullable(),
  truncated: z.boolean(),
  withheld: withheld.optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
})
export const answerResume = z.object({ answerId: z.string().max(100), offset: z.int().nonnegative() })
export const answerResumed = z.object({ state: z.union([z.literal('streaming'), answerOutcome]), offset: z.int() })
export const answerStop = z.object({ answerId: z.string().max(100) })
