import type { Context } from '../context.ts'
import type { Reply } from '../http/answer.ts'
import { formatAmount } from '../money.ts'
import { type CardName, TEST_CARDS } from '../payments/cards.ts'
import type { CheckoutSession, LineItem } from '../store/kinds.ts'
import type { Kept } from './card-form.ts'
import { type Html, html } from './html.ts'
import { page } from './layout.ts'

/** The cards that the page offers, and what each does. */
const SHOWN_CARDS: readonly [CardName, string][] = [
  ['visa', 'Pays'],
  ['mastercard', 'Pays (Mastercard)'],
  ['amex', 'Pays (American Express, four digits as CVC)'],
  ['threeDSecure2Required', 'Asks for 3-D Secure'],
  ['visa_chargeDeclined', 'Is declined'],
  ['visa_chargeDeclinedInsufficientFunds', 'Has insufficient funds'],
  ['chargeDeclinedExpiredCard', 'Is declined as expired'],
  ['chargeDeclinedIncorrectCvc', 'Has another security code'],
  ['chargeDeclinedProcessingError', 'Meets a processing error'],
]

/** The page on which a browser pays for an open session. */
export function payPage(context: Context, session: CheckoutSession, mistake?: { sentence: string; kept: Kept }): Reply {
  const { lineItems, attempts } = context.objects.hidden('checkout.session', session.id)
  const intent =
    session.payment_intent === null ? undefined : context.objects.find('payment_intent', session.payment_intent)
  const error = intent?.last_payment_error ?? null
  const sentence = mistake?.sentence ?? error?.message
  const kept = mistake?.kept ?? { name: error?.payment_method?.billing_details.name ?? '', email: '', expiry: '' }
  const total = formatAmount(session.amount_total ?? 0, session.currency ?? 'usd')
  return page(
    'Checkout',
    html`<main>
<section aria-label="Order">
<h1>Total</h1>
<p class="total">${total}</p>
<ul class="items">${lineItems.map(lineItem)}</ul>
</section>
<section aria-label="Payment">
<form method="post" novalidate>
${sentence === undefined ? undefined : html`<p role="alert">${sentence}</p>`}
<input type="hidden" name="attempt" value="${attempts}">
${session.customer === null && session.customer_email === null ? emailField(kept.email) : undefined}
${session.amount_total === 0 ? undefined : cardFields(kept)}
${session.currency === 'eur' ? IBAN_FIELD : undefined}
<button name="action" value="pay">Pay</button>
${session.cancel_url === null ? undefined : html`<button class="second" name="action" value="cancel">Cancel</button>`}
</form>
<details>
<summary>Test cards</summary>
<p class="quiet">Any expiry in the future, any CVC.</p>
<table><tbody>${SHOWN_CARDS.map(cardRow)}</tbody></table>
</details>
</section>
</main>`,
    mistake === undefined ? 200 : 400,
  )
}

function lineItem(item: LineItem): Html {
  const quantity =
    (item.quantity ?? 1) > 1 ? html`<br><span class="quiet">Quantity ${item.quantity ?? 1}</span>` : undefined
  return html`<li><span>${item.description ?? 'Item'}${quantity}</span><span class="amount">${formatAmount(item.amount_total, item.currency)}</span></li>`
}

function emailField(value: string): Html {
  return html`<label>Email
<input name="email" type="email" autocomplete="email" maxlength="200" value="${value}"></label>`
}

/** Instead of a card, where SEPA direct debit is to be had. */
const IBAN_FIELD = html`<details>
<summary>Pay by SEPA direct debit</summary>
<label>IBAN
<input name="iban" maxlength="40" placeholder="AT61 1904 3002 3457 3201"></label>
</details>`

function cardRow([name, effect]: readonly [CardName, string]): Html {
  return html`<tr><td>${TEST_CARDS[name].number.replaceAll(/(\d{4})(?=\d)/g, '$1 ')}</td><td>${effect}</td></tr>`
}

function cardFields(kept: Kept): Html {
  return html`<label>Card number
<input name="card_number" inputmode="numeric" autocomplete="cc-number" placeholder="4242 4242 4242 4242" maxlength="40"></label>
<div class="pair">
<label>Expiry
<input name="expiry" inputmode="numeric" autocomplete="cc-exp" placeholder="MM / YY" maxlength="10" value="${kept.expiry}"></label>
<label>CVC
<input name="cvc" inputmode="numeric" autocomplete="cc-csc" placeholder="123" maxlength="4"></label>
</div>
<label>Name on card
<input name="name" autocomplete="cc-name" maxlength="100" value="${kept.name}"></label>`
}
