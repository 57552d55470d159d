import { z } from 'zod'
import { shorten, textProblem } from '../core/index.ts'

const MAX_KEPT = 1_000

/** A text of 1 to `most` characters that Stripe and the store give back as it is, without spaces around it. */
export function plainText(most: number) {
  return z
    .string()
    .trim()
    .min(1)
    .max(most)
    .superRefine((text, context) => {
      const problem = textProblem(text)
      if (problem !== null) context.addIssue({ code: 'custom', message: `it ${problem}`, continue: false })
    })
}

/** A text that others wrote as it can be kept: of a bounded length, without what no store holds. */
export function keptText(text: string): string {
  return shorten(text.replaceAll('\0', '').toWellFormed(), MAX_KEPT)
}
