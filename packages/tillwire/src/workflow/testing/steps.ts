import { z } from 'zod'
import { type Step, type Workflow, workflow } from '../index.ts'
import { type Outside, Refused } from './outside.ts'

/** A step that makes a thing outside. */
export function making(
  outside: Outside,
  name: string,
  extra: Partial<Step<{ name: string }>> = {},
): Step<{ name: string }> {
  return {
    request: { name },
    do: ({ key }) => outside.make(name, key),
    undo: () => outside.remove(name),
    ...extra,
  }
}

/** A step that is refused. */
export const failing: Step<never> = {
  do: () => {
    throw new Refused('the rest')
  },
}

export type StepsWorkflow = Workflow<z.ZodArray<z.ZodString>, z.ZodArray<z.ZodUnknown>>

/** A workflow of these steps that returns their results. */
export function stepsWorkflow(steps: Record<string, Step<unknown>>, name = 'test.steps'): StepsWorkflow {
  return workflow({
    name,
    version: 1,
    input: z.array(z.string()),
    output: z.array(z.unknown()),
    async run(ctx) {
      const results: unknown[] = []
      for (const [step, definition] of Object.entries(steps)) results.push(await ctx.step(step, definition))
      return results
    },
  })
}
