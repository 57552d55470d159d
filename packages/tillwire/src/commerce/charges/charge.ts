import { z } from 'zod'
import type { Money } from '../../core/index.ts'
import { InvalidCharge } from '../errors.ts'
import { plainText } from '../plain-text.ts'

/** Stripe takes at most eight digits. */
const MAX_AMOUNT = 99_999_999
const MAX_DESCRIPTION = 500

/** What a charge asks for, checked. */
export interface ChargeRequest {
  readonly amount: Money
  readonly description: string
  readonly paymentMethod?: string | undefined
}

/**
 * Checks what a caller wants to charge. Cards are named by their id at Stripe; a card number is refused.
 * @throws InvalidCharge naming the field.
 */
export function parseCharge(money: Money, description: string, paymentMethod: string | undefined): ChargeRequest {
  const amount = z.int().positive().max(MAX_AMOUNT).safeParse(money?.amount)
  if (!amount.success) throw new InvalidCharge('amount', `give a whole number of minor units from 1 to ${MAX_AMOUNT}`)
  const currency = z
    .string()
    .toLowerCase()
    .regex(/^[a-z]{3}$/)
    .safeParse(money.currency)
  if (!currency.success) throw new InvalidCharge('currency', 'give the three letters of ISO 4217')
  const text = plainText(MAX_DESCRIPTION).safeParse(description)
  if (!text.success)
    throw new InvalidCharge('description', `give 1 to ${MAX_DESCRIPTION} characters, none of them NUL or half of one`)
  const card = z
    .string()
    .regex(/^pm_\w{1,250}$/)
    .optional()
    .safeParse(paymentMethod)
  if (!card.success)
    throw new InvalidCharge('payment method', 'give the id of a saved card (pm_...), never a card number')
  return {
    amount: { amount: amount.data, currency: currency.data },
    description: text.data,
    paymentMethod: card.data,
  }
}
