import type { Context } from '../context.ts'
import { type Outcome, outcomeOf } from '../http/answer.ts'
import { ApiError } from '../http/error.ts'
import type { FormHash } from '../http/form.ts'
import { filled, list, parseParameters } from '../http/parameters.ts'
import type { Match } from '../http/route.ts'
import { expand } from './expand.ts'
import { findRecorded, type KeyedRequest, type Recorded, record } from './idempotency.ts'

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
  keyed: KeyedRequest | null,
): Execution {
  return context.database.transaction(() => {
    const recorded = keyed === null ? undefined : findRecorded(context, keyed)
    if (recorded !== undefined) return { outcome: recorded, replayed: recorded }

    const table = { ...route.parameters, ...expandParameter }
    const { expand: paths = [], ...parameters } = parseParameters(table, form)
    const outcome = perform(context, () =>
      expand(context, route.handle(context, { ...parameters, ...ids } as never), paths),
    )
    if (keyed !== null) record(context, keyed, outcome)
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
