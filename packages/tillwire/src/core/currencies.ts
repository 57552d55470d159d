/** How Stripe charges in a currency. Amounts are in the minor unit of its API. */
export interface Currency {
  /** Decimals of the minor unit: 2 where 100 of it make one. */
  readonly digits: 0 | 2 | 3
  /** Amounts are whole multiples of this. */
  readonly step: number
  /** The least charge that is documented; where none is, one step. */
  readonly least: number
  readonly most: number
}

/*
 * What Stripe's page "Supported currencies" says (docs.stripe.com/currencies), as it stood in 2026. It differs
 * from ISO 4217 and so from Intl, and both change without each other: this is Stripe's.
 */

/** Those it can charge in. Two decimals unless a list below says otherwise. */
const PRESENTMENT = codes(`
  aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp
  cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr
  isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn
  myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle
  sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx usd uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer zar zmw`)

/** The charge and the amount are the same. */
const ZERO_DECIMAL = codes('bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf')
/** Thousandths, of which the last digit has to be 0. */
const THREE_DECIMAL = codes('bhd jod kwd omr tnd')
/** Written with two decimals, of which both have to be 0: there are no fractions of these any more. */
const WHOLE_WITH_TWO_DECIMALS = codes('isk ugx')

const LEAST: Readonly<Record<string, number>> = {
  aed: 200,
  aud: 50,
  bgn: 100,
  brl: 50,
  cad: 50,
  chf: 50,
  czk: 1_500,
  dkk: 250,
  eur: 50,
  gbp: 30,
  hkd: 400,
  huf: 17_500,
  inr: 50,
  jpy: 50,
  mxn: 1_000,
  myr: 200,
  nok: 300,
  nzd: 50,
  pln: 200,
  ron: 200,
  sek: 300,
  sgd: 50,
  thb: 1_000,
  usd: 50,
}

/** Eight digits; more in a few. Where the page gives digits and an amount that differ, the smaller stands here. */
const MOST = 99_999_999
const MOST_OF: Readonly<Record<string, number>> = {
  cop: 9_999_999_999,
  huf: 9_999_999_999,
  idr: 999_999_999_999,
  inr: 999_999_999,
  jpy: 9_999_999_999,
  lbp: 99_999_999_999,
}

/** Every currency that Stripe charges in, by its code in lower case. */
export const CURRENCIES: ReadonlyMap<string, Currency> = new Map(PRESENTMENT.map((code) => [code, currencyOf(code)]))

function currencyOf(code: string): Currency {
  const digits = ZERO_DECIMAL.includes(code) ? 0 : THREE_DECIMAL.includes(code) ? 3 : 2
  const step = THREE_DECIMAL.includes(code) ? 10 : WHOLE_WITH_TWO_DECIMALS.includes(code) ? 100 : 1
  return { digits, step, least: LEAST[code] ?? step, most: MOST_OF[code] ?? MOST }
}

function codes(list: string): readonly string[] {
  return list.trim().split(/\s+/)
}
