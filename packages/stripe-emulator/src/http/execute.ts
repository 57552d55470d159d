import type { Context } from '../context.ts'
import { ApiError } from './error.ts'
import { expand } from './expand.ts'
import type { FormHash } from './form.ts'
import { findRecorded, type KeyedRequest, type Outcome, type Recorded, record } from './idempotency.ts'
import { filled, list, parseParameters } from './parameters.ts'
import type { Match } from './route.ts'

const expandParameter = { expand: list(filled()) }

export type Execution = { outcome: Outcome; replayed?: Recorded }

/**
 * Runs one request in one transaction: what it wrote, its events, their deliveries and what is kept under its key are
 * there together or not at all.
 */
export function execute(
  context: Context,
  { route, ids }: Match,
  form: FormHash,
  keyed: KeyedRequest | undefined,
): Execution {
  return context.database.transaction(() => {
    const recorded = keyed === undefined ? undefined : findRecorded(context, keyed)
    if (recorded !== undefined) return { outcome: recorded, replayed: recorded }

    const table = { ...route.parameters, ...expandParameter }
    const { expand: paths = [], ...parameters } = parseParameters(table, form)
    const outcome = perform(context, () =>
      expand(context, route.handle(context, { ...parameters, ...ids } as never), paths),
    )
    if (keyed !== undefined) record(context, keyed, outcome)
    return { outcome }
  })
}

/** Runs `work`; a refusal undoes what it wrote, but for a card's: that attempt did happen. */
function perform(context: Context, work: () => object): Outcome {
  try {
    return context.database.transaction(() => {
      try {
        return { status: 200, body: JSON.stringify(work(), null, 2) }
      } catch (error) {
        if (error instanceof ApiError && error.keepsWrites) return outcomeOf(error)
        throw error
      }
    })
  } catch (error) {
    return outcomeOf(error)
  }
}

/** The answer to an error; what is not ours to explain is Stripe's own 500. */
export function outcomeOf(error: unknown): Outcome {
  if (error instanceof ApiError) return { status: error.status, body: JSON.stringify(error.envelope(), null, 2) }
  const sentence = 'An unexpected error occurred in the local Stripe emulator: see its output.'
  console.error('stripe-emulator:', error)
  return outcomeOf(new ApiError(500, 'api_error', sentence))
}
