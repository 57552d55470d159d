import { type Parsed, text } from '../http/parameters.ts'

export const addressParameters = {
  city: text(),
  country: text({ max: 2 }),
  line1: text(),
  line2: text(),
  postal_code: text(),
  state: text(),
}

export interface Address {
  city: string | null
  country: string | null
  line1: string | null
  line2: string | null
  postal_code: string | null
  state: string | null
}

/** A postal address in which what was not given is null. */
export function fullAddress(address: Parsed<typeof addressParameters>): Address {
  return { city: null, country: null, line1: null, line2: null, postal_code: null, state: null, ...address }
}
