import type { Context } from '../context.ts'
import { invalidRequest } from '../http/error.ts'
import { listPage, listParameters, requireObject } from '../http/listing.ts'
import { amount, changeMetadata, currency, filled, integer, metadata, oneOf, text } from '../http/parameters.ts'
import { route } from '../http/route.ts'
import { newId } from '../ids.ts'
import type { Coupon } from '../store/kinds.ts'

/** What a coupon takes off a total in the minor unit: a share of it, or an amount of its own currency, never more than all. */
export function discountOf(context: Context, id: string, total: number, currency: string): number {
  const coupon = requireObject(context, 'coupon', id, 'discounts[0][coupon]')
  if (coupon.percent_off !== null) return Math.round((total * coupon.percent_off) / 100)
  if (coupon.currency !== currency)
    throw invalidRequest(`The coupon ${id} is not in ${currency}.`, { param: 'discounts[0][coupon]' })
  return Math.min(total, coupon.amount_off ?? 0)
}

export const couponRoutes = [
  route({
    method: 'POST',
    path: '/v1/coupons',
    parameters: {
      amount_off: amount(),
      currency: currency(),
      duration: oneOf('once', 'forever'),
      id: filled({ max: 200 }),
      metadata: metadata(),
      name: text({ max: 40 }),
      percent_off: integer({ min: 1, max: 100 }),
    },
    handle(context, given) {
      if ((given.amount_off === undefined) === (given.percent_off === undefined))
        throw invalidRequest('You must pass either percent_off or amount_off.', { param: 'percent_off' })
      if (given.amount_off !== undefined && given.currency === undefined)
        throw invalidRequest('You must pass currency when passing amount_off.', { param: 'currency' })
      const created = context.now()
      const coupon: Coupon = {
        id: given.id ?? newId('co', 8),
        object: 'coupon',
        amount_off: given.amount_off ?? null,
        created,
        currency: given.amount_off === undefined ? null : (given.currency ?? null),
        duration: given.duration ?? 'once',
        duration_in_months: null,
        livemode: false,
        max_redemptions: null,
        metadata: changeMetadata({}, given.metadata),
        name: given.name ?? null,
        percent_off: given.percent_off ?? null,
        redeem_by: null,
        times_redeemed: 0,
        valid: true,
      }
      context.objects.insert('coupon', coupon, {}, created)
      return coupon
    },
  }),
  route({
    method: 'GET',
    path: '/v1/coupons',
    parameters: listParameters,
    handle: (context, page) => listPage(context, 'coupon', '/v1/coupons', page),
  }),
  route({
    method: 'GET',
    path: '/v1/coupons/:id',
    parameters: {},
    handle: (context, { id }) => requireObject(context, 'coupon', id),
  }),
]
