import type { Scalar, Where } from '../types.ts'

type Json = Record<string, unknown>

/** What `where` means, written as plainly as can be: the suite compares engines with it. */
export function naiveMatch(document: object, where: Where): boolean {
  return Object.entries(where).every(([key, value]) => {
    if (key === 'and') return (value as Where[]).every((one) => naiveMatch(document, one))
    if (key === 'or') return (value as Where[]).some((one) => naiveMatch(document, one))
    if (key === 'not') return !naiveMatch(document, value as Where)
    const found = key.split('.').reduce<unknown>((at, part) => (at as Json | undefined)?.[part], document)
    const operators = typeof value === 'object' && value !== null ? (value as Json) : { eq: value }
    return Object.entries(operators).every(([operator, operand]) =>
      naiveTest(found, operator, operand, operators.mode === 'insensitive'),
    )
  })
}

function naiveTest(found: unknown, operator: string, operand: unknown, insensitive: boolean): boolean {
  const normal = (value: unknown) => (insensitive && typeof value === 'string' ? value.toLowerCase() : value)
  const same = (other: unknown) => normal(found ?? null) === normal(other)
  const ordered = typeof found === typeof operand && (typeof found === 'string' || typeof found === 'number')
  const text = normal(found)
  switch (operator) {
    case 'mode':
      return true
    case 'eq':
      return same(operand)
    case 'ne':
      return !same(operand)
    case 'in':
      return (operand as Scalar[]).some(same)
    case 'notIn':
      return !(operand as Scalar[]).some(same)
    case 'exists':
      return (found !== undefined) === operand
    case 'contains':
      if (Array.isArray(found)) return found.some((item) => normal(item) === normal(operand))
      return typeof text === 'string' && text.includes(normal(operand) as string)
    case 'startsWith':
      return typeof text === 'string' && text.startsWith(normal(operand) as string)
    case 'endsWith':
      return typeof text === 'string' && text.endsWith(normal(operand) as string)
    default: {
      if (!ordered) return false
      const order = naiveCompare(found, operand)
      return { lt: order < 0, lte: order <= 0, gt: order > 0, gte: order >= 0 }[operator as 'lt'] ?? false
    }
  }
}

/** Null, then booleans, then numbers, then text by code point. */
export function naiveCompare(a: unknown, b: unknown): number {
  const rank = (value: unknown) => (value == null ? 0 : ['boolean', 'number', 'string'].indexOf(typeof value) + 1)
  if (rank(a) !== rank(b)) return rank(a) - rank(b)
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string))
  return Number(a ?? 0) - Number(b ?? 0)
}
