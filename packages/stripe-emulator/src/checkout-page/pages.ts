import type { Context } from '../context.ts'
import { type Reply, redirect } from '../http/answer.ts'
import { ApiError } from '../http/error.ts'
import { decodeForm } from '../http/form.ts'
import type { HttpRequest } from '../http/server.ts'
import type { CheckoutSession } from '../store/kinds.ts'
import { answerAuthenticate } from './authenticate.ts'
import { field, keptFrom } from './card-form.ts'
import { message } from './layout.ts'
import { payCheckout, successUrl } from './pay.ts'
import { payPage } from './pay-page.ts'

/** Answers the pages that a browser sees under `/c/`. Each request is one transaction. */
export function answerPage(context: Context, request: HttpRequest): Reply {
  try {
    return context.database.transaction(() => answer(context, request))
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return message('Not possible', error.message, undefined, error.status)
  }
}

function answer(context: Context, request: HttpRequest): Reply {
  const [, kind, id = ''] = /^\/c\/(pay|authenticate)\/(\w{1,100})$/.exec(request.path) ?? []
  if (request.method !== 'GET' && request.method !== 'POST') return notFound()
  if (kind === 'authenticate') return answerAuthenticate(context, request, id)
  const session = kind === 'pay' ? context.objects.find('checkout.session', id) : undefined
  return session === undefined ? notFound() : answerPay(context, request, session)
}

function answerPay(context: Context, request: HttpRequest, session: CheckoutSession): Reply {
  const posted = request.method === 'POST'
  if (session.status === 'complete') {
    const to = successUrl(session)
    return posted ? redirect(to) : message('Payment complete', 'This was paid already.', { href: to, text: 'Go on' })
  }
  if (session.status !== 'open') {
    return message('Checkout expired', 'The time to pay is over. Go back to the shop and start again.', undefined, 410)
  }
  if (!posted) return payPage(context, session)
  const form = decodeForm(request.body)
  if (field(form, 'action') === 'cancel') return redirect(session.cancel_url ?? request.path)
  const payment = payCheckout(context, session, form)
  switch (payment.kind) {
    case 'paid':
      return redirect(successUrl(payment.session))
    case 'prove':
      return redirect(`/c/authenticate/${payment.intent.id}`)
    case 'declined':
      return redirect(request.path)
    case 'mistake':
      return payPage(context, session, { sentence: payment.sentence, kept: keptFrom(form) })
  }
}

function notFound(): Reply {
  return message('Nothing here', 'This page does not exist, or the emulator was reset.', undefined, 404)
}
