import type { z } from 'zod'
import type { Workflow } from './types.ts'

/**
 * Defines a workflow: a list of steps that read top to bottom, each with its undo beside it.
 *
 * Raise `version` when its steps change. A run begun under other steps is parked, never guessed at.
 * @example
 * const greet = workflow({
 *   name: 'guestbook.greet', version: 1, input: z.string(), output: z.string(),
 *   run: (ctx, name) => ctx.step('write', { do: () => `Hello ${name}` }),
 * })
 */
export function workflow<I extends z.ZodType, O extends z.ZodType>(definition: Workflow<I, O>): Workflow<I, O> {
  return definition
}
