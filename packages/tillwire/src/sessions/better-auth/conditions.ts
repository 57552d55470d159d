import type { CleanedWhere } from 'better-auth/adapters'
import type { Operators, Where } from '../../store/index.ts'

const OPERATORS = {
  eq: 'eq',
  ne: 'ne',
  in: 'in',
  not_in: 'notIn',
  lt: 'lt',
  lte: 'lte',
  gt: 'gt',
  gte: 'gte',
  contains: 'contains',
  starts_with: 'startsWith',
  ends_with: 'endsWith',
} as const satisfies Record<CleanedWhere['operator'], keyof Operators>

const TAKES_NULL: readonly CleanedWhere['operator'][] = ['eq', 'ne']
/** Every document has an id. */
const NOTHING: Where = { id: null }

/**
 * Better Auth's list of conditions as one of the store's: all that are joined by AND must hold, and
 * at least one of those joined by OR. A field that is absent counts as null; nothing is before,
 * after or within null.
 */
export function whereOf(conditions: readonly CleanedWhere[] = []): Where {
  const required = conditions.filter(({ connector }) => connector !== 'OR').map(conditionOf)
  const alternatives = conditions.filter(({ connector }) => connector === 'OR').map(conditionOf)
  return { and: alternatives.length > 0 ? [...required, { or: alternatives }] : required }
}

function conditionOf({ field, operator, value, mode }: CleanedWhere): Where {
  if (value === null && !TAKES_NULL.includes(operator)) return NOTHING
  const operand = value instanceof Date ? value.toISOString() : value
  return { [field]: { [OPERATORS[operator]]: operand, mode } }
}
