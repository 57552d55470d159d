import { CURRENCIES } from './currencies.ts'
import { TillwireError } from './errors.ts'

/** An amount in the currency's minor unit (cents for USD), as at Stripe: `{ amount: 1999, currency: 'usd' }`. */
export interface Money {
  readonly amount: number
  /** ISO 4217, lower case. */
  readonly currency: string
}

/** A code that is not among those that Stripe charges in. */
export class UnknownCurrency extends TillwireError {
  static override readonly code = 'unknown_currency'
  constructor(currency: string) {
    super(
      UnknownCurrency.code,
      `Stripe charges in no currency "${currency}": use a code of its list (https://docs.stripe.com/currencies), as "usd".`,
      { details: { currency } },
    )
  }
}

/**
 * How many decimals a currency's minor unit has at Stripe: 2 for USD, 0 for JPY. Intl does not always agree.
 * @throws UnknownCurrency
 * @example currencyDigits('huf') // 2
 */
export function currencyDigits(currency: string): number {
  const known = CURRENCIES.get(String(currency).toLowerCase())
  if (!known) throw new UnknownCurrency(String(currency))
  return known.digits
}

/**
 * Money for people, in the decimals that Stripe charges with.
 * @throws UnknownCurrency
 * @example formatMoney({ amount: 500, currency: 'usd' }) // '$5.00'
 */
export function formatMoney({ amount, currency }: Money, locale = 'en-US'): string {
  const digits = currencyDigits(currency)
  const format = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: currency.toUpperCase(),
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
  return format.format(amount / 10 ** digits)
}

/**
 * Why Stripe would not charge this, in words that say what is allowed; null when it would.
 * @example chargeProblem({ amount: 10, currency: 'usd' }) // 'the least charge is $0.50: give 50 or more'
 */
export function chargeProblem(money: Money): string | null {
  const { amount, currency: code } = money
  const currency = CURRENCIES.get(code)
  if (!currency) return `Stripe has no currency "${code}": use one of ${[...CURRENCIES.keys()].join(', ')}`
  const { least, most, step } = currency
  const limit = (value: number) => formatMoney({ amount: value, currency: code })
  if (amount < least) return `the least charge is ${limit(least)}: give ${least} or more`
  if (amount > most) return `the greatest charge is ${limit(most)}: give ${most} or less`
  if (amount % step !== 0) return `${limit(step)} is the smallest part of a charge: give a multiple of ${step}`
  return null
}
