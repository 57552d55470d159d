import { contentHash } from '../core/index.ts'
import { InvalidWorkflowInput, NotRecordable, RunTooLarge, WorkflowChanged } from './errors.ts'
import { type RecordedValue, restoreValue } from './recorded-value.ts'
import { hashOf, keep, MAX_REQUEST_BYTES, type RunFields } from './run.ts'
import type { Workflow } from './types.ts'

/** An input as it is kept with a run. */
export interface GivenInput {
  readonly input: RecordedValue
  /** What the schema made of it, when that is another value. */
  readonly parsedInput?: RecordedValue
  readonly inputHash: string
}

/**
 * What is kept of an input: as it was given, and as the code gets it each time, whatever a schema with defaults of
 * the moment would make of it later.
 * @throws InvalidWorkflowInput
 */
export async function keepInput(workflow: Workflow, given: unknown): Promise<GivenInput> {
  try {
    const input = JSON.parse(keep(given, 'The input', MAX_REQUEST_BYTES).text)
    const { data, error } = await workflow.input.safeParseAsync(restoreValue(input))
    if (error) {
      const issues = error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
      throw new InvalidWorkflowInput(workflow.name, issues)
    }
    const parsed = JSON.parse(keep(data, 'The parsed input', MAX_REQUEST_BYTES).text)
    const isSame = contentHash(parsed) === contentHash(input)
    return { input, ...(!isSame && { parsedInput: parsed }), inputHash: hashOf(input) }
  } catch (error) {
    if (NotRecordable.is(error) || RunTooLarge.is(error))
      throw new InvalidWorkflowInput(workflow.name, [
        { path: String(error.details.path ?? ''), message: error.message },
      ])
    throw error
  }
}

/**
 * The input as the code gets it.
 * @throws WorkflowChanged when the workflow of this program would not take it
 */
export async function inputOf(workflow: Workflow, run: RunFields): Promise<unknown> {
  const { success } = await workflow.input.safeParseAsync(restoreValue(run.input as RecordedValue))
  if (!success) throw new WorkflowChanged(workflow.name, 'an input', 'one that this does not fit')
  return restoreValue((run.parsedInput ?? run.input) as RecordedValue)
}
