import type { Context } from '../context.ts'
import { invalidRequest } from '../http/error.ts'
import type { Page } from '../http/listing.ts'
import { requireObject } from '../http/listing.ts'
import { currency, filled, hash, integer, list, metadata, type Parsed, required, text } from '../http/parameters.ts'
import { newId } from '../ids.ts'
import { MAX_AMOUNT } from '../money.ts'
import type { LineItem, Price } from '../store/kinds.ts'
import { createPrice, createProduct } from './catalogue.ts'

const MAX_QUANTITY = 999_999

const lineItem = hash({
  price: filled(),
  price_data: hash({
    currency: required(currency()),
    product: filled(),
    product_data: hash({
      name: required(filled()),
      description: filled(),
      images: list(filled(), { max: 8 }),
      metadata: metadata(),
      unit_label: text(),
    }),
    unit_amount: required(integer({ min: 0, max: MAX_AMOUNT })),
  }),
  quantity: integer({ min: 1, max: MAX_QUANTITY }),
})

export const lineItemsParameter = list(lineItem)

type GivenLineItem = Parsed<{ item: typeof lineItem }>['item']

/** Turns what was given into line items; inline prices and products are stored, as Stripe does, and not active. */
export function createLineItems(context: Context, given: readonly GivenLineItem[]): LineItem[] {
  return given.map((item, index) => {
    const param = `line_items[${index}]`
    if (item === undefined || (item.price === undefined) === (item.price_data === undefined)) {
      throw invalidRequest('You must specify either `price` or `price_data` for each line item.', {
        code: item?.price === undefined ? 'parameter_missing' : 'parameters_exclusive',
        param,
      })
    }
    if (item.quantity === undefined) {
      throw invalidRequest(`Missing required param: ${param}[quantity].`, {
        code: 'parameter_missing',
        param: `${param}[quantity]`,
      })
    }
    const price =
      item.price_data === undefined
        ? storedPrice(context, String(item.price), param)
        : inlinePrice(context, item.price_data, param)
    return lineItemOf(context, price, item.quantity)
  })
}

function storedPrice(context: Context, id: string, param: string): Price {
  const price = requireObject(context, 'price', id, `${param}[price]`)
  if (price.active) return price
  throw invalidRequest(`The price specified is inactive. This field only accepts active prices.`, {
    param: `${param}[price]`,
  })
}

function inlinePrice(
  context: Context,
  data: NonNullable<NonNullable<GivenLineItem>['price_data']>,
  param: string,
): Price {
  const { product, product_data, ...fields } = data
  if ((product === undefined) === (product_data === undefined)) {
    throw invalidRequest('You must specify either `product` or `product_data` when creating an inline price.', {
      code: product === undefined ? 'parameter_missing' : 'parameters_exclusive',
      param: `${param}[price_data][product]`,
    })
  }
  const id =
    product_data === undefined
      ? requireObject(context, 'product', String(product), `${param}[price_data][product]`).id
      : createProduct(context, { ...product_data, active: false }).id
  return createPrice(context, { ...fields, active: false, product: id })
}

function lineItemOf(context: Context, price: Price, quantity: number): LineItem {
  const total = (price.unit_amount ?? 0) * quantity
  return {
    id: newId('li'),
    object: 'item',
    adjustable_quantity: null,
    amount_discount: 0,
    amount_subtotal: total,
    amount_tax: 0,
    amount_total: total,
    currency: price.currency,
    description: context.objects.find('product', price.product)?.name ?? null,
    metadata: {},
    price,
    quantity,
  }
}

/** The line items of a checkout session in a list envelope, for `expand[]=line_items`. */
export function includeLineItems(context: Context, session: string): Page<LineItem> {
  const { lineItems } = context.objects.hidden('checkout.session', session)
  const url = `/v1/checkout/sessions/${session}/line_items`
  return { object: 'list', data: lineItems, has_more: false, url }
}
