/** An amount in the currency's minor unit (cents for USD), as at Stripe: `{ amount: 1999, currency: 'usd' }`. */
export interface Money {
  readonly amount: number
  /** ISO 4217, lower case. */
  readonly currency: string
}

/**
 * Money for people, in the currency's own number of decimals.
 * @example formatMoney({ amount: 500, currency: 'usd' }) // '$5.00'
 */
export function formatMoney(money: Money, locale = 'en-US'): string {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency: money.currency.toUpperCase() })
  return format.format(money.amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2))
}
