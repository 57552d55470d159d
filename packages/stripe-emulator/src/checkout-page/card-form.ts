import type { FormHash } from '../http/form.ts'
import { type CardName, cardFromNumber, passesLuhn, TEST_CARDS } from '../payments/cards.ts'

/** What a person typed into the page, when it can be a card. */
export interface TypedCard {
  card: CardName
  expiry: { month: number; year: number }
  name: string | null
  email: string | null
}

/** What is shown again after a mistake; a number or security code never is. */
export interface Kept {
  name: string
  email: string
  expiry: string
}

export type CardReading = { ok: true; typed: TypedCard } | { ok: false; sentence: string }

export function keptFrom(form: FormHash): Kept {
  return { name: field(form, 'name'), email: field(form, 'email'), expiry: field(form, 'expiry') }
}

/** Reads the card as Stripe's own form does, with its sentences for what is wrong. */
export function readCard(form: FormHash, now: Date): CardReading {
  const number = field(form, 'card_number').replaceAll(/[ -]/g, '')
  if (!/^\d{12,19}$/.test(number)) return mistake('Your card number is incomplete.')
  if (!passesLuhn(number)) return mistake('Your card number is invalid.')
  const expiry = readExpiry(field(form, 'expiry'))
  if (expiry === undefined) return mistake("Your card's expiration date is incomplete.")
  if (expiry.month < 1 || expiry.month > 12) return mistake("Your card's expiration date is invalid.")
  if (hasPassed(expiry, now)) return mistake("Your card's expiration date is in the past.")
  const card = cardFromNumber(number)
  if (card === undefined) {
    return mistake(
      'Your card was declined. Your request was in test mode, but used a non test card. For a list of valid test cards, visit: https://stripe.com/docs/testing.',
    )
  }
  const digits = TEST_CARDS[card].brand === 'amex' ? 4 : 3
  if (!new RegExp(`^\\d{${digits},4}$`).test(field(form, 'cvc').trim())) {
    return mistake("Your card's security code is incomplete.")
  }
  const [name, email] = [field(form, 'name').trim(), field(form, 'email').trim()]
  return { ok: true, typed: { card, expiry, name: name === '' ? null : name, email: email === '' ? null : email } }
}

function mistake(sentence: string): CardReading {
  return { ok: false, sentence }
}

/** Reads `12 / 30`, `12/2030`, `1230`. */
function readExpiry(text: string): { month: number; year: number } | undefined {
  const match = /^\s*(\d{1,2})\s*[/\- ]?\s*(\d{4}|\d{2})\s*$/.exec(text)
  if (match?.[2] === undefined) return undefined
  const year = Number(match[2])
  return { month: Number(match[1]), year: match[2].length === 2 ? 2000 + year : year }
}

/** A card is good until the end of its month. */
function hasPassed({ month, year }: { month: number; year: number }, now: Date): boolean {
  return now.getTime() >= Date.UTC(year, month, 1)
}

export function field(form: FormHash, name: string): string {
  const value = form[name]
  return typeof value === 'string' ? value.slice(0, 200) : ''
}
