import { z } from 'zod'
import { textProblem } from '../core/index.ts'

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
