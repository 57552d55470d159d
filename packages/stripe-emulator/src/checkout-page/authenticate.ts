import type { Context } from '../context.ts'
import { type Reply, redirect } from '../http/answer.ts'
import { decodeForm } from '../http/form.ts'
import type { HttpRequest } from '../http/server.ts'
import { formatAmount } from '../money.ts'
import { answerProof } from '../payments/attempt.ts'
import { answerSetupProof } from '../payments/set-up.ts'
import type { PaymentIntent, SetupIntent } from '../store/kinds.ts'
import { field } from './card-form.ts'
import { html } from './html.ts'
import { message, page } from './layout.ts'
import { settle, successUrl } from './pay.ts'

/** The page of the card's bank, on which its holder proves who they are or fails to. */
export function answerAuthenticate(context: Context, request: HttpRequest, id: string): Reply {
  const intent = context.objects.find('payment_intent', id) ?? context.objects.find('setup_intent', id)
  if (intent === undefined) {
    return message('Nothing here', 'This payment does not exist, or the emulator was reset.', undefined, 404)
  }
  if (request.method === 'GET') {
    return intent.status === 'requires_action' ? proofPage(intent) : afterwards(context, intent)
  }
  const action = field(decodeForm(request.body), 'action')
  if (action !== 'complete' && action !== 'fail') return proofPage(intent)
  return intent.object === 'payment_intent'
    ? answerPayment(context, intent, action === 'complete')
    : returnTo(
        context.objects.hidden('setup_intent', id).returnUrl,
        answerSetupProof(context, intent, action === 'complete').intent,
      )
}

function answerPayment(context: Context, intent: PaymentIntent, proven: boolean): Reply {
  const pending = intent.status === 'requires_action'
  const attempt = answerProof(context, intent, proven)
  const { session } = context.objects.hidden('payment_intent', intent.id)
  if (session === null || !pending) return afterwards(context, attempt.intent)
  const payment = settle(context, attempt)
  return redirect(payment.kind === 'paid' ? successUrl(payment.session) : `/c/pay/${session}`)
}

/** Where a browser goes that comes to an intent which asks for no proof (any more). */
function afterwards(context: Context, intent: PaymentIntent | SetupIntent): Reply {
  if (intent.object === 'setup_intent')
    return returnTo(context.objects.hidden('setup_intent', intent.id).returnUrl, intent)
  const { session: id, returnUrl } = context.objects.hidden('payment_intent', intent.id)
  const session = id === null ? undefined : context.objects.find('checkout.session', id)
  if (session === undefined) return returnTo(returnUrl, intent)
  return redirect(session.status === 'complete' ? successUrl(session) : `/c/pay/${session.id}`)
}

function returnTo(returnUrl: string | null, intent: PaymentIntent | SetupIntent): Reply {
  const failed = intent.status === 'requires_payment_method'
  if (returnUrl === null) {
    const sentence = failed ? 'The proof failed.' : 'The proof is done.'
    return message('3-D Secure', `${sentence} You can close this page.`)
  }
  const url = new URL(returnUrl)
  url.searchParams.set(intent.object, intent.id)
  url.searchParams.set(`${intent.object}_client_secret`, intent.client_secret ?? '')
  url.searchParams.set('redirect_status', failed ? 'failed' : 'succeeded')
  return redirect(url.href)
}

function proofPage(intent: PaymentIntent | SetupIntent): Reply {
  const what =
    intent.object === 'payment_intent'
      ? `a payment of ${formatAmount(intent.amount, intent.currency)}`
      : 'keeping this card for later payments'
  return page(
    '3-D Secure',
    html`<main class="single">
<h1>3-D Secure</h1>
<form method="post">
<p>The bank of this test card wants proof of who you are for ${what}.</p>
<button name="action" value="complete">Complete</button>
<button class="second" name="action" value="fail">Fail</button>
</form>
</main>`,
  )
}
