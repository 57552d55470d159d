import { isPlainText, TillwireError } from '../../core/index.ts'
import { answerTimeline } from './answer-timeline.ts'
import { type Found, findSubject } from './find-subject.ts'
import { loadAnswer } from './load-answer.ts'
import { loadPayment } from './load-payment.ts'
import { loadRequest } from './load-request.ts'
import { loadUser } from './load-user.ts'
import { paymentTimeline } from './payment-timeline.ts'
import type { Ledger } from './read-entries.ts'
import { requestTimeline } from './request-timeline.ts'
import type { Timeline } from './timeline.ts'
import { userTimeline } from './user-timeline.ts'

/** What `explain` reads: a Tillwire has it. */
export interface ExplainParts extends Ledger {
  findUser(username: string): Promise<{ readonly id: string } | null>
}

/** An id that leads to no user, payment, answer or request. */
export class UnknownSubject extends TillwireError {
  static override readonly code = 'unknown_subject'
  constructor(id: string) {
    super(
      UnknownSubject.code,
      `Nothing is known of "${id}": give a user's id, username or e-mail address; a payment (pi_, or a cs_, ch_, re_, du_, evt_ or checkout_ that leads to one); an answer; a request (req_); or a receipt, hold, grant, entry, run or customer of these.`,
      { details: { id } },
    )
  }
}

/**
 * One timeline of a user, a payment, an answer or a request, from Stripe's events to ledger entries to text. Reads
 * only, from the store alone, and may run while all of it moves. It shows what its subject wrote and
 * bought: ask whether the caller may see that before.
 * @param id of the subject, or of something that leads to it; a username or e-mail address of a user
 * @throws UnknownSubject
 * @example
 * const { items, problems } = await explain(tillwire, 'user@here.com')
 * for (const { at, says } of items) console.log(at, says)
 */
export async function explain(parts: ExplainParts, id: string): Promise<Timeline> {
  const asked = id.trim()
  if (!isPlainText(asked)) throw new UnknownSubject(asked)
  const found = (await findSubject(parts.store, asked)) ?? { kind: 'user', id: asked }
  const timeline =
    (await tell(parts, found)) ??
    (await tellNamed(parts, await parts.findUser(asked))) ??
    // The id that a caller gave its request may look like anything.
    (await tell(parts, { kind: 'request', id: asked }))
  if (!timeline) throw new UnknownSubject(asked)
  return timeline
}

async function tell(ledger: Ledger, found: Found): Promise<Timeline | null> {
  switch (found.kind) {
    case 'user': {
      const documents = await loadUser(ledger, found.id)
      return documents && userTimeline(documents)
    }
    case 'payment': {
      const documents = await loadPayment(ledger, found.key)
      return documents && paymentTimeline(documents)
    }
    case 'request': {
      const documents = await loadRequest(ledger.store, found.id)
      return documents && requestTimeline(documents)
    }
    case 'answer': {
      const documents = await loadAnswer(ledger.store, found.id)
      return documents && answerTimeline(documents)
    }
  }
}

async function tellNamed(ledger: Ledger, user: { readonly id: string } | null): Promise<Timeline | null> {
  return user && tell(ledger, { kind: 'user', id: user.id })
}
