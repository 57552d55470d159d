/** Why a card is declined: Stripe's code, its finer decline code, and its own sentence. */
export interface Decline {
  code: string
  declineCode: string
  message: string
  /** Refused by Stripe itself before the bank was asked. */
  blocked?: true
}

export const DECLINES = {
  generic: { code: 'card_declined', declineCode: 'generic_decline', message: 'Your card was declined.' },
  insufficientFunds: {
    code: 'card_declined',
    declineCode: 'insufficient_funds',
    message: 'Your card has insufficient funds.',
  },
  lost: { code: 'card_declined', declineCode: 'lost_card', message: 'Your card was declined.' },
  stolen: { code: 'card_declined', declineCode: 'stolen_card', message: 'Your card was declined.' },
  fraudulent: { code: 'card_declined', declineCode: 'fraudulent', message: 'Your card was declined.', blocked: true },
  velocity: {
    code: 'card_declined',
    declineCode: 'card_velocity_exceeded',
    message: 'Your card was declined for making repeated attempts too frequently or exceeding its amount limit.',
  },
  expired: { code: 'expired_card', declineCode: 'expired_card', message: 'Your card has expired.' },
  incorrectCvc: {
    code: 'incorrect_cvc',
    declineCode: 'incorrect_cvc',
    message: "Your card's security code is incorrect.",
  },
  processing: {
    code: 'processing_error',
    declineCode: 'processing_error',
    message: 'An error occurred while processing your card. Try again in a little bit.',
  },
  authenticationRequired: {
    code: 'authentication_required',
    declineCode: 'authentication_required',
    message: 'Your card was declined. This transaction requires authentication.',
  },
} as const satisfies Record<string, Decline>

/**
 * When a card asks its holder to prove who they are.
 * `unless-set-up`: always when the holder is there, and without them until it was set up once.
 * `on-session`: only when the holder is there.
 */
export type Authentication = 'never' | 'always' | 'unless-set-up' | 'on-session'

export interface TestCard {
  number: string
  brand: 'amex' | 'diners' | 'discover' | 'jcb' | 'mastercard' | 'unionpay' | 'visa'
  funding: 'credit' | 'debit' | 'prepaid'
  country: string
  authentication: Authentication
  decline: Decline | null
  /** The decline also hits when the card is attached to a customer or set up. */
  declinesSetup: boolean
  /** What its bank does after a charge. */
  afterwards: 'disputes-fraud' | 'disputes-delivery' | 'inquires' | 'warns' | null
  /** Refunds to it are not over at once: what they become later. */
  refunds: 'succeeded' | 'failed' | null
}

type Traits = Partial<Omit<TestCard, 'number'>>

function card(number: string, traits: Traits = {}): TestCard {
  const base = {
    brand: 'visa',
    funding: 'credit',
    country: 'US',
    authentication: 'never',
    decline: null,
    afterwards: null,
    refunds: null,
  } as const
  return { number, ...base, declinesSetup: traits.decline !== undefined, ...traits }
}

/**
 * Stripe's documented test cards by the ending of their ids: `visa` is `pm_card_visa` and `tok_visa`. Their numbers are
 * published by Stripe and belong to nobody.
 */
export const TEST_CARDS = {
  visa: card('4242424242424242'),
  visa_debit: card('4000056655665556', { funding: 'debit' }),
  mastercard: card('5555555555554444', { brand: 'mastercard' }),
  mastercard_2series: card('2223003122003222', { brand: 'mastercard' }),
  mastercard_debit: card('5200828282828210', { brand: 'mastercard', funding: 'debit' }),
  mastercard_prepaid: card('5105105105105100', { brand: 'mastercard', funding: 'prepaid' }),
  amex: card('378282246310005', { brand: 'amex' }),
  amex_2: card('371449635398431', { brand: 'amex' }),
  discover: card('6011111111111117', { brand: 'discover' }),
  discover_2: card('6011000990139424', { brand: 'discover' }),
  diners: card('3056930009020004', { brand: 'diners' }),
  diners_14digits: card('36227206271667', { brand: 'diners' }),
  jcb: card('3566002020360505', { brand: 'jcb' }),
  unionpay: card('6200000000000005', { brand: 'unionpay' }),
  gb: card('4000008260000000', { country: 'GB' }),
  de: card('4000002760000016', { country: 'DE' }),
  fr: card('4000002500000003', { country: 'FR' }),
  ca: card('4000001240000000', { country: 'CA' }),
  visa_chargeDeclined: card('4000000000000002', { decline: DECLINES.generic }),
  visa_chargeDeclinedInsufficientFunds: card('4000000000009995', { decline: DECLINES.insufficientFunds }),
  visa_chargeDeclinedLostCard: card('4000000000009987', { decline: DECLINES.lost }),
  visa_chargeDeclinedStolenCard: card('4000000000009979', { decline: DECLINES.stolen }),
  chargeDeclinedExpiredCard: card('4000000000000069', { decline: DECLINES.expired }),
  chargeDeclinedIncorrectCvc: card('4000000000000127', { decline: DECLINES.incorrectCvc }),
  chargeDeclinedProcessingError: card('4000000000000119', { decline: DECLINES.processing }),
  visa_chargeDeclinedVelocityLimitExceeded: card('4000000000006975', { decline: DECLINES.velocity }),
  chargeCustomerFail: card('4000000000000341', { decline: DECLINES.generic, declinesSetup: false }),
  radarBlock: card('4100000000000019', { decline: DECLINES.fraudulent, declinesSetup: false }),
  authenticationRequired: card('4000002760003184', { authentication: 'always' }),
  authenticationRequiredOnSetup: card('4000002500003155', { authentication: 'unless-set-up' }),
  authenticationRequiredSetupForOffSession: card('4000003800000446', { authentication: 'on-session' }),
  authenticationRequiredChargeDeclinedInsufficientFunds: card('4000008260003178', {
    authentication: 'unless-set-up',
    decline: DECLINES.insufficientFunds,
    declinesSetup: false,
  }),
  threeDSecure2Required: card('4000000000003220', { authentication: 'always' }),
  threeDSecureRequired: card('4000000000003063', { authentication: 'always' }),
  threeDSecureRequiredChargeDeclined: card('4000008400001629', {
    authentication: 'always',
    decline: DECLINES.generic,
    declinesSetup: false,
  }),
  threeDSecureOptional: card('4000000000003055'),
  createDispute: card('4000000000000259', { afterwards: 'disputes-fraud' }),
  createDisputeProductNotReceived: card('4000000000002685', { afterwards: 'disputes-delivery' }),
  createDisputeInquiry: card('4000000000001976', { afterwards: 'inquires' }),
  createIssuerFraudRecord: card('4000000000005423', { afterwards: 'warns' }),
  pendingRefund: card('4000000000007726', { refunds: 'succeeded' }),
  refundFail: card('4000000000005126', { refunds: 'failed' }),
} as const satisfies Record<string, TestCard>

export type CardName = keyof typeof TEST_CARDS

/** Other names that Stripe's documentation has used for the same cards. */
const ALIASES: Record<string, CardName> = {
  chargeDeclined: 'visa_chargeDeclined',
  chargeDeclinedInsufficientFunds: 'visa_chargeDeclinedInsufficientFunds',
  chargeDeclinedLostCard: 'visa_chargeDeclinedLostCard',
  chargeDeclinedStolenCard: 'visa_chargeDeclinedStolenCard',
  us: 'visa',
}

export function testCard(name: CardName): TestCard {
  return TEST_CARDS[name]
}

function isCardName(name: string): name is CardName {
  return Object.hasOwn(TEST_CARDS, name)
}

/** The card behind a test id: `cardFromTestId('pm_card_', 'pm_card_visa')`. */
export function cardFromTestId(prefix: 'pm_card_' | 'tok_', id: string): CardName | undefined {
  if (!id.startsWith(prefix)) return undefined
  const name = id.slice(prefix.length)
  if (isCardName(name)) return name
  return Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined
}

/** The card with this number (digits only). */
export function cardFromNumber(number: string): CardName | undefined {
  return Object.keys(TEST_CARDS)
    .filter(isCardName)
    .find((name) => TEST_CARDS[name].number === number)
}

/** The check digit that every card number carries. */
export function passesLuhn(number: string): boolean {
  if (!/^\d{12,19}$/.test(number)) return false
  const sum = [...number].reverse().reduce((total, digit, position) => {
    const value = Number(digit) * (position % 2 === 0 ? 1 : 2)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return sum % 10 === 0
}
