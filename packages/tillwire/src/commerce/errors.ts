import { CURRENCIES, formatMoney, type Money, TillwireError } from '../core/index.ts'

/** What was given about a customer is not valid. `details.issues` says where; values are not told. */
export class InvalidCustomer extends TillwireError {
  static override readonly code = 'invalid_customer'
  constructor(issues: readonly { readonly path: string; readonly message: string }[]) {
    super(
      InvalidCustomer.code,
      `The customer is not valid: ${issues.map(({ path, message }) => `${path || 'input'}: ${message}`).join('; ')}`,
      { details: { issues } },
    )
  }
}

/** This username has a customer already. */
export class CustomerExists extends TillwireError {
  static override readonly code = 'customer_exists'
  constructor(username: string) {
    super(CustomerExists.code, `"${username}" is a customer already: get the customer, or choose another username.`, {
      details: { username },
    })
  }
}

/** Another call has been making this customer for a while, and has not ended. */
export class CustomerBusy extends TillwireError {
  static override readonly code = 'customer_busy'
  constructor(username: string) {
    super(CustomerBusy.code, `Another call is making the customer "${username}": try again in a moment.`, {
      details: { username },
      retryable: true,
    })
  }
}

export class UserNotFound extends TillwireError {
  static override readonly code = 'not_found'
  constructor(username: string) {
    super(UserNotFound.code, `There is no user "${username}".`, { details: { username } })
  }
}

export class CustomerNotFound extends TillwireError {
  static override readonly code = 'not_found'
  constructor(username: string) {
    super(CustomerNotFound.code, `"${username}" is no customer: create the customer first.`, { details: { username } })
  }
}

export class PaymentNotFound extends TillwireError {
  static override readonly code = 'not_found'
  constructor(payment: string) {
    super(PaymentNotFound.code, `Payment "${payment}" bought no pack here.`, { details: { payment } })
  }
}

export class UnknownPack extends TillwireError {
  static override readonly code = 'unknown_pack'
  constructor(pack: string, known: readonly string[]) {
    super(UnknownPack.code, `There is no pack "${pack}": choose one of ${known.join(', ')}.`, {
      details: { pack, known },
    })
  }
}

/** The customer was deleted at Stripe. */
export class CustomerGone extends TillwireError {
  static override readonly code = 'customer_gone'
  constructor(stripeCustomerId: string) {
    super(CustomerGone.code, `Customer ${stripeCustomerId} was deleted at Stripe: try again, and it is made again.`, {
      details: { stripeCustomerId },
    })
  }
}

/** The page to pay on was closed before anyone was told of it. Nothing was paid. */
export class CheckoutClosed extends TillwireError {
  static override readonly code = 'checkout_closed'
  constructor(checkout: string) {
    super(CheckoutClosed.code, 'The checkout took too long to open, and is closed: begin another one.', {
      details: { checkout },
    })
  }
}

/** What was asked to be charged is not a charge. */
export class InvalidCharge extends TillwireError {
  static override readonly code = 'invalid_charge'
  constructor(field: string, reason: string) {
    super(InvalidCharge.code, `The charge's ${field} is not valid: ${reason}.`, { details: { field, reason } })
  }
}

/** The customer has no card on file, or not the one that was named. */
export class NoCard extends TillwireError {
  static override readonly code = 'no_card'
  constructor(customer: string, card: string | null = null, cause?: unknown) {
    super(
      NoCard.code,
      card === null
        ? 'The customer has no card on file: add one first.'
        : 'That card is no longer on file: choose another one, or add one first.',
      { details: { customer, card }, cause },
    )
  }
}

/** The card was refused. The message can be shown to its holder; `details.declineCode` is the bank's reason. */
export class CardDeclined extends TillwireError {
  static override readonly code = 'card_declined'
  constructor(sentence: string, details: { declineCode: string; paymentIntent: string | null }, cause?: unknown) {
    super(CardDeclined.code, `${sentence} Try another card.`, { details, cause })
  }
}

/** The bank wants the card's holder to confirm, and they are not here. */
export class AuthenticationRequired extends TillwireError {
  static override readonly code = 'authentication_required'
  constructor(details: { paymentIntent: string | null }, cause?: unknown) {
    super(
      AuthenticationRequired.code,
      "The bank asks the card's holder to confirm this payment: let them pay in a checkout.",
      { details, cause },
    )
  }
}

/** The payment was made, and given back before this call learned of it. */
export class ChargeTakenBack extends TillwireError {
  static override readonly code = 'charge_taken_back'
  constructor(paymentIntent: string) {
    super(
      ChargeTakenBack.code,
      'The payment was made and refunded before it could be recorded: charge again if it is still due.',
      {
        details: { paymentIntent },
      },
    )
  }
}

/** Stripe cannot be reached, or cannot answer now. Whether the request was carried out is not known. */
export class StripeUnavailable extends TillwireError {
  static override readonly code = 'stripe_unavailable'
  /** @param known `happened: false` when it certainly did nothing */
  constructor(reason: string, cause?: unknown, known: { readonly happened?: false } = {}) {
    super(StripeUnavailable.code, `Stripe is not available (${reason}): try again in a moment.`, {
      details: { reason, ...known },
      cause,
      retryable: true,
    })
  }
}

/** Stripe refused the request: it will do so again until something is changed. */
export class StripeRefused extends TillwireError {
  static override readonly code = 'stripe_refused'
  constructor(
    message: string,
    details: { stripeCode: string | null; param: string | null; status: number | null },
    cause?: unknown,
  ) {
    super(StripeRefused.code, `Stripe refused the request: ${message}`, { details, cause })
  }
}

/** Stripe has more of something than is ever added up: it would not be whole. */
export class TooMany extends TillwireError {
  static override readonly code = 'too_many'
  constructor(what: string, most: number) {
    super(TooMany.code, `Stripe has more than ${most} ${what}: an operator has to look.`, { details: { what, most } })
  }
}

/** The payment has been refunded already. */
export class AlreadyRefunded extends TillwireError {
  static override readonly code = 'already_refunded'
  constructor(payment: string, cause?: unknown) {
    super(AlreadyRefunded.code, `Payment "${payment}" has been refunded in full already.`, {
      details: { payment },
      cause,
    })
  }
}

/** The amount cannot be refunded of this payment. */
export class InvalidRefund extends TillwireError {
  static override readonly code = 'invalid_refund'
  constructor(amount: Money, paid: Money) {
    super(
      InvalidRefund.code,
      paid.amount === 0
        ? 'Nothing was paid, as a coupon took the whole price: there is nothing to give back. Credits are taken back with "tillwire correct".'
        : `${shown(amount)} cannot be refunded of ${shown(paid)}: give a positive amount in the same currency, at most what was paid.`,
      { details: { amount, paid, reason: paid.amount === 0 ? 'nothing_paid' : 'not_part_of_payment' } },
    )
  }
}

/** What was paid at Stripe is not what the checkout asked for: nothing is granted until an operator has looked. */
export class PaymentMismatch extends TillwireError {
  static override readonly code = 'payment_mismatch'
  constructor(checkout: string, payment: string | null, reason: string) {
    super(
      PaymentMismatch.code,
      `Payment ${payment ?? '(none)'} does not fit checkout ${checkout}: ${reason}. Refund it at Stripe, or grant by hand.`,
      { details: { checkout, payment, reason } },
    )
  }
}

/** What was asked for is no status of an event in the inbox. `details.known` lists those that are. */
export class InvalidEventStatus extends TillwireError {
  static override readonly code = 'invalid_event_status'
  constructor(status: string, known: readonly string[]) {
    super(InvalidEventStatus.code, `"${status}" is no status of an event: give one of ${known.join(', ')}.`, {
      details: { status, known },
    })
  }
}

/** A delivery that Stripe did not sign, or signed more than five minutes ago. Answer 400. */
export class InvalidSignature extends TillwireError {
  static override readonly code = 'invalid_signature'
  constructor(reason: string, cause?: unknown) {
    super(InvalidSignature.code, `The webhook is refused: ${reason}.`, { details: { reason }, cause })
  }
}

/** A test event at a live endpoint, or the other way round. Answer 400. */
export class WrongLivemode extends TillwireError {
  static override readonly code = 'wrong_livemode'
  constructor(livemode: boolean) {
    super(
      WrongLivemode.code,
      `The webhook is refused: it is from ${livemode ? 'live' : 'test'} mode, and this server is not. Give each mode its own endpoint.`,
      { details: { livemode } },
    )
  }
}

/** Money that somebody asked for: its currency may be none. */
function shown({ amount, currency }: Money): string {
  return CURRENCIES.has(currency) ? formatMoney({ amount, currency }) : `${amount} "${currency}"`
}
