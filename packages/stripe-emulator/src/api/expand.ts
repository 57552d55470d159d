import type { Context } from '../context.ts'
import { invalidRequest } from '../http/error.ts'
import { includeLineItems } from '../resources/line-items.ts'
import { listRefundsOf } from '../resources/refunds.ts'
import type { Kind } from '../store/kinds.ts'

const MAX_DEPTH = 4

type Fields = Record<string, unknown>
type Include = (context: Context, id: string) => object
/** A field holds the id of another object, or of one that this emulator never makes, or is left out until asked for. */
type Rule = Kind | 'never' | Include

/** What can be expanded, by the object it stands in. */
const EXPANDABLE: Record<string, Record<string, Rule>> = {
  customer: { default_source: 'never', 'invoice_settings.default_payment_method': 'payment_method' },
  payment_method: { customer: 'customer' },
  setup_intent: { customer: 'customer', payment_method: 'payment_method', latest_attempt: 'never', mandate: 'never' },
  payment_intent: {
    customer: 'customer',
    payment_method: 'payment_method',
    latest_charge: 'charge',
    review: 'never',
    source: 'never',
  },
  charge: {
    customer: 'customer',
    payment_intent: 'payment_intent',
    balance_transaction: 'never',
    refunds: listRefundsOf,
    review: 'never',
  },
  refund: {
    charge: 'charge',
    payment_intent: 'payment_intent',
    customer: 'customer',
    payment_method: 'payment_method',
    balance_transaction: 'never',
  },
  dispute: { charge: 'charge', payment_intent: 'payment_intent' },
  'radar.early_fraud_warning': { charge: 'charge', payment_intent: 'payment_intent' },
  product: { default_price: 'price', tax_code: 'never' },
  price: { product: 'product' },
  'checkout.session': {
    customer: 'customer',
    payment_intent: 'payment_intent',
    setup_intent: 'never',
    subscription: 'never',
    invoice: 'never',
    line_items: includeLineItems,
  },
}

/**
 * Puts objects in the place of their ids along each path: `['customer', 'data.payment_intent.latest_charge']`.
 *
 * @throws ApiError 400 when a path names what cannot be expanded, or goes deeper than four levels
 */
export function expand(context: Context, answer: object, paths: readonly string[]): object {
  for (const path of paths) {
    const segments = path.split('.')
    if (segments.length > MAX_DEPTH + 1) {
      throw invalidRequest(`You cannot expand more than ${MAX_DEPTH} levels of a property: ${path}`, {
        param: 'expand',
      })
    }
    expandPath(context, answer, segments, path)
  }
  return answer
}

function expandPath(context: Context, value: unknown, segments: readonly string[], path: string): void {
  if (Array.isArray(value)) {
    for (const element of value) expandPath(context, element, segments, path)
  } else if (segments.length > 0 && isFields(value)) {
    const { next, rest } = step(context, value, segments, path)
    expandPath(context, next, rest, path)
  }
}

/** Follows the first segment, or two where the rule is written with a dot, and expands what is there. */
function step(
  context: Context,
  value: Fields,
  [head = '', second = '', ...others]: readonly string[],
  path: string,
): { next: unknown; rest: readonly string[] } {
  const rest = second === '' ? [] : [second, ...others]
  if (value.object === 'list' && head === 'data') return { next: value.data, rest }

  const rules = EXPANDABLE[String(value.object)] ?? {}
  const inner = Object.hasOwn(value, head) ? value[head] : undefined
  const both = `${head}.${second}`
  const dotted = Object.hasOwn(rules, both) ? rules[both] : undefined
  if (dotted !== undefined && isFields(inner)) {
    inner[second] = resolve(context, dotted, inner, second)
    return { next: inner[second], rest: others }
  }
  const rule = Object.hasOwn(rules, head) ? rules[head] : undefined
  if (rule !== undefined) value[head] = resolve(context, rule, value, head)
  else if (!isFields(inner) || inner.object === undefined) {
    throw invalidRequest(`This property cannot be expanded (${path}).`, { param: 'expand' })
  }
  return { next: value[head], rest }
}

function resolve(context: Context, rule: Rule, value: Fields, field: string): unknown {
  if (typeof rule === 'function') return rule(context, String(value.id))
  const id = value[field]
  if (rule === 'never' || typeof id !== 'string') return id
  if (rule === 'customer' && context.objects.wasDeleted('customer', id))
    return { id, object: 'customer', deleted: true }
  return context.objects.find(rule, id) ?? id
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
