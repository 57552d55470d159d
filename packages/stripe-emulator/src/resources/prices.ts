import type { Context } from '../context.ts'
import { invalidRequest } from '../http/error.ts'
import { equalTo, listPage, listParameters, requireObject } from '../http/listing.ts'
import {
  boolean,
  changeMetadata,
  currency,
  filled,
  hash,
  integer,
  list,
  metadata,
  oneOf,
  required,
  text,
} from '../http/parameters.ts'
import { route } from '../http/route.ts'
import { MAX_AMOUNT } from '../money.ts'
import type { Price } from '../store/kinds.ts'
import { createPrice, createProduct } from './catalogue.ts'

const lookupParameters = { lookup_key: filled({ max: 200 }), transfer_lookup_key: boolean() }

/** A lookup key names one price; it moves to another only when that is asked for. */
function claimLookupKey(
  context: Context,
  key: string | undefined,
  transfer: boolean | undefined,
  claimant?: string,
): void {
  if (key === undefined) return
  const [holder] = context.objects.list('price', { where: equalTo({ '$.lookup_key': key }), limit: 1 })
  if (holder === undefined || holder.id === claimant) return
  if (transfer !== true) {
    throw invalidRequest(`A price (\`${holder.id}\`) already uses that lookup key.`, { param: 'lookup_key' })
  }
  context.emitUpdate('price.updated', 'price', holder, { ...holder, lookup_key: null })
}

const unitAmount = integer({ min: 0, max: MAX_AMOUNT })

export const priceRoutes = [
  route({
    method: 'POST',
    path: '/v1/prices',
    parameters: {
      ...lookupParameters,
      active: boolean(),
      currency: required(currency()),
      metadata: metadata(),
      nickname: text(),
      product: filled(),
      product_data: hash({ name: required(filled()), active: boolean(), metadata: metadata(), unit_label: text() }),
      unit_amount: required(unitAmount),
    },
    handle(context, { product, product_data, transfer_lookup_key, ...fields }) {
      if ((product === undefined) === (product_data === undefined)) {
        throw invalidRequest('You must specify either `product` or `product_data` when creating a price.', {
          code: product === undefined ? 'parameter_missing' : 'parameters_exclusive',
          param: 'product',
        })
      }
      claimLookupKey(context, fields.lookup_key, transfer_lookup_key)
      if (product_data !== undefined) {
        return createPrice(context, { ...fields, product: createProduct(context, product_data).id })
      }
      return createPrice(context, {
        ...fields,
        product: requireObject(context, 'product', String(product), 'product').id,
      })
    },
  }),
  route({
    method: 'GET',
    path: '/v1/prices',
    parameters: {
      ...listParameters,
      active: boolean(),
      currency: currency(),
      lookup_keys: list(filled(), { max: 10 }),
      product: filled(),
      type: oneOf('one_time', 'recurring'),
    },
    handle: (context, { active, currency, lookup_keys: keys, product, type, ...page }) =>
      listPage(context, 'price', '/v1/prices', page, {
        where: equalTo({ '$.active': active, '$.currency': currency, '$.product': product, '$.type': type }),
        ...(keys === undefined
          ? {}
          : {
              also: { sql: `json_extract(body, '$.lookup_key') IN (${keys.map(() => '?').join(', ')})`, values: keys },
            }),
      }),
  }),
  route({
    method: 'GET',
    path: '/v1/prices/:id',
    parameters: {},
    handle: (context, { id }) => requireObject(context, 'price', id),
  }),
  route({
    method: 'POST',
    path: '/v1/prices/:id',
    parameters: { ...lookupParameters, active: boolean(), metadata: metadata(), nickname: text() },
    handle(context, { id, metadata, transfer_lookup_key, ...fields }) {
      const price = requireObject(context, 'price', id)
      claimLookupKey(context, fields.lookup_key, transfer_lookup_key, id)
      const next: Price = { ...price, ...fields, metadata: changeMetadata(price.metadata, metadata) }
      context.emitUpdate('price.updated', 'price', price, next)
      return next
    },
  }),
]
