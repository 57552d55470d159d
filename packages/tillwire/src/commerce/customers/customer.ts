import { z } from 'zod'
import { emailAddress, foldUsername, MAX_ADDRESS } from '../../sessions/index.ts'
import type { DocumentOf } from '../../store/index.ts'
import { InvalidCustomer } from '../errors.ts'
import { plainText } from '../plain-text.ts'
import { address, type customers } from '../schema.ts'
import type { Customer } from '../types.ts'

/** First and last name together stay below Stripe's 256 characters of a name. */
const MAX_NAME = 100
const name = plainText(MAX_NAME)
/** What is looked up by comparing it has no control characters, and characters that are seen. */
const handle = plainText(MAX_ADDRESS)
  .regex(/^\P{Cc}*$/u, 'it has characters that no name has')
  .refine((text) => text === '' || foldUsername(text) !== '', 'it has no character that can be seen')
/** Stripe's own limit is 20 characters. */
const phone = z
  .string()
  .trim()
  .regex(/^\+?[0-9][0-9 ().-]{4,18}$/, 'write 5 to 20 digits, with + and the country code first')

/** What a customer is made of, as the workflow records it: checked, trimmed, e-mail in lower case. */
export const customerDetails = z
  .strictObject({
    username: handle.optional(),
    email: emailAddress,
    firstName: name.optional(),
    lastName: name.optional(),
    phone: phone.optional(),
    address: address.optional(),
    shipping: z.strictObject({ name, phone: phone.optional(), address }).optional(),
  })
  .transform(({ username = '', ...details }) => ({ ...details, username: usernameOf(username, details.email) }))
  .refine(({ username, email }) => !foldUsername(username).includes('@') || username === email, {
    path: ['username'],
    message: 'an e-mail address as username must be the e-mail itself',
  })
export type CustomerDetails = z.output<typeof customerDetails>

export const customerShape = z.object({
  id: z.string(),
  userId: z.string(),
  username: z.string(),
  email: z.string(),
  stripeCustomerId: z.string(),
  firstName: z.string().nullable(),
  lastName: z.string().nullable(),
  phone: z.string().nullable(),
  address: address.nullable(),
  createdAt: z.string(),
})

/**
 * The details of a customer-to-be from what a caller gave.
 * @throws InvalidCustomer naming every path that is wrong.
 */
export function parseCustomer(input: object): CustomerDetails {
  const { data, error } = customerDetails.safeParse(input)
  if (data) return data
  throw new InvalidCustomer(error.issues.map(({ path, message }) => ({ path: path.join('.'), message })))
}

/** The username as it was given; the address itself where that was given, however it was written, or nothing was. */
function usernameOf(username: string, email: string): string {
  return username === '' || foldUsername(username) === foldUsername(email) ? email : username
}

/** A user's customer document has this id, so that a user has at most one. */
export function customerIdOf(userId: string): string {
  return `customer_${userId.replace(/^user_/, '')}`
}

/** The part of a document that callers see. */
export function toCustomer(document: DocumentOf<typeof customers>): Customer {
  const { id, userId, username, email, stripeCustomerId, firstName, lastName, phone, address, createdAt } = document
  return { id, userId, username, email, stripeCustomerId, firstName, lastName, phone, address, createdAt }
}
