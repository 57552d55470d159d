import type { Context } from '../context.ts'
import { invalidRequest } from '../http/error.ts'
import { changeMetadata, type MetadataChange } from '../http/parameters.ts'
import { newId } from '../ids.ts'
import type { Price, Product } from '../store/kinds.ts'

export interface NewProduct {
  id?: string
  name: string
  active?: boolean
  description?: string | null
  images?: string[]
  metadata?: MetadataChange
  shippable?: boolean
  statement_descriptor?: string | null
  unit_label?: string | null
  url?: string | null
}

/** Stores a product. */
export function createProduct(context: Context, { metadata, id, ...fields }: NewProduct): Product {
  const created = context.now()
  if (id !== undefined && context.objects.position('product', id) !== undefined) {
    throw invalidRequest(`Product already exists.`, { code: 'resource_already_exists', param: 'id' })
  }
  const product: Product = {
    id: id ?? newId('prod', 14),
    object: 'product',
    active: true,
    created,
    default_price: null,
    description: null,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: changeMetadata({}, metadata),
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: 'service',
    unit_label: null,
    updated: created,
    url: null,
    ...fields,
  }
  context.objects.insert('product', product, {}, created)
  context.emit('product.created', product)
  return product
}

export interface NewPrice {
  active?: boolean
  currency: string
  lookup_key?: string
  metadata?: MetadataChange
  nickname?: string | null
  product: string
  unit_amount: number
}

/** Stores a one-time price. */
export function createPrice(context: Context, given: NewPrice): Price {
  const created = context.now()
  const price: Price = {
    id: newId('price'),
    object: 'price',
    active: given.active ?? true,
    billing_scheme: 'per_unit',
    created,
    currency: given.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: given.lookup_key ?? null,
    metadata: changeMetadata({}, given.metadata),
    nickname: given.nickname ?? null,
    product: given.product,
    recurring: null,
    tax_behavior: 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: 'one_time',
    unit_amount: given.unit_amount,
    unit_amount_decimal: String(given.unit_amount),
  }
  context.objects.insert('price', price, {}, created)
  context.emit('price.created', price)
  return price
}
