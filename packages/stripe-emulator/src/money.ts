/** Currencies that this emulator takes, with the smallest charge that Stripe allows, in the minor unit. */
const MINIMUM_CHARGE: Record<string, number> = {
  aud: 50,
  brl: 50,
  cad: 50,
  chf: 50,
  czk: 1500,
  dkk: 250,
  eur: 50,
  gbp: 30,
  hkd: 400,
  inr: 50,
  jpy: 50,
  mxn: 1000,
  nok: 300,
  nzd: 50,
  pln: 200,
  sek: 300,
  sgd: 50,
  usd: 50,
}

export const MAX_AMOUNT = 99_999_999

export const CURRENCIES: readonly string[] = Object.keys(MINIMUM_CHARGE)

export function minimumCharge(currency: string): number {
  return MINIMUM_CHARGE[currency] ?? 1
}

/** An amount in the minor unit as people read it: `formatAmount(1050, 'usd')` is `$10.50`. */
export function formatAmount(amount: number, currency: string): string {
  const format = new Intl.NumberFormat('en-US', { style: 'currency', currency: currency.toUpperCase() })
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2
  return format.format(amount / 10 ** digits)
}
