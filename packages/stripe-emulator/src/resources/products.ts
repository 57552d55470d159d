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
  required,
  text,
  unsettable,
  webAddress,
} from '../http/parameters.ts'
import { route } from '../http/route.ts'
import type { Product } from '../store/kinds.ts'
import { createPrice, createProduct } from './catalogue.ts'

const sharedParameters = {
  active: boolean(),
  description: text(),
  metadata: metadata(),
  shippable: boolean(),
  statement_descriptor: text({ max: 22 }),
  unit_label: text({ max: 12 }),
}

const MAX_IMAGES = 8
const images = list(filled({ max: 2048 }), { max: MAX_IMAGES })

export const productRoutes = [
  route({
    method: 'POST',
    path: '/v1/products',
    parameters: {
      ...sharedParameters,
      id: filled(),
      name: required(filled()),
      images,
      url: webAddress(),
      default_price_data: hash({
        currency: required(currency()),
        unit_amount: required(integer({ min: 0 })),
        metadata: metadata(),
      }),
    },
    handle(context, { default_price_data, ...fields }) {
      const product = createProduct(context, fields)
      if (default_price_data === undefined) return product
      const price = createPrice(context, { ...default_price_data, product: product.id })
      const next = { ...product, default_price: price.id }
      context.objects.replace('product', next)
      return next
    },
  }),
  route({
    method: 'GET',
    path: '/v1/products',
    parameters: { ...listParameters, active: boolean(), ids: list(filled()), shippable: boolean(), url: filled() },
    handle: (context, { active, ids, shippable, url, ...page }) =>
      listPage(context, 'product', '/v1/products', page, {
        where: equalTo({ '$.active': active, '$.shippable': shippable, '$.url': url }),
        ...(ids === undefined ? {} : { also: { sql: `id IN (${ids.map(() => '?').join(', ')})`, values: ids } }),
      }),
  }),
  route({
    method: 'GET',
    path: '/v1/products/:id',
    parameters: {},
    handle: (context, { id }) => requireObject(context, 'product', id),
  }),
  route({
    method: 'POST',
    path: '/v1/products/:id',
    parameters: {
      ...sharedParameters,
      name: filled(),
      default_price: filled(),
      images: unsettable(images),
      url: unsettable(webAddress()),
    },
    handle(context, { id, metadata, default_price, images, ...fields }) {
      const product = requireObject(context, 'product', id)
      if (
        default_price !== undefined &&
        requireObject(context, 'price', default_price, 'default_price').product !== id
      ) {
        throw invalidRequest(`The price specified (${default_price}) does not belong to this product.`, {
          param: 'default_price',
        })
      }
      const next: Product = {
        ...product,
        ...fields,
        ...(default_price === undefined ? {} : { default_price }),
        ...(images === undefined ? {} : { images: images ?? [] }),
        metadata: changeMetadata(product.metadata, metadata),
        updated: context.now(),
      }
      context.emitUpdate('product.updated', 'product', product, next)
      return next
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/products/:id',
    parameters: {},
    handle(context, { id }) {
      const product = requireObject(context, 'product', id)
      if (context.objects.list('price', { where: equalTo({ '$.product': id }), limit: 1 }).length > 0) {
        throw invalidRequest('This product cannot be deleted because it has one or more user-created prices.')
      }
      context.objects.remove('product', id)
      context.emit('product.deleted', product)
      return { id, object: 'product', deleted: true }
    },
  }),
]
