import type { Clock } from '../core/index.ts'
import type { DocumentOf, Store } from '../store/index.ts'
import { mails } from './schema.ts'

/** A mail as it is written, and as it is handed over for sending. */
export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html?: string | undefined
  /** The link that the mail is about, for those who show it by other means. */
  readonly link?: string | undefined
}

/** A mail in the outbox, with what became of it. */
export type QueuedMail = DocumentOf<typeof mails>

/** The outbox. What is in it is sent by `deliverMail`. */
export interface Mails {
  /**
   * Puts a mail in the outbox. Inside a transaction's body it belongs to that transaction: it is
   * sent when that commits, and only then.
   */
  queue(mail: Mail): Promise<QueuedMail>
  /** The newest first; at most 1000, 50 by default. */
  list(options?: { readonly limit?: number }): Promise<QueuedMail[]>
}

const LISTED = 50

/**
 * @example
 * const mails = openMails({ store, clock: systemClock })
 * await mails.queue({ to: 'ada@here.com', subject: 'Hello', text: 'How are you?' })
 */
export function openMails({ store, clock }: { readonly store: Store; readonly clock: Clock }): Mails {
  return {
    async queue(mail) {
      const dueAt = clock.now().toISOString()
      return store.transaction((tx) => tx.collection(mails).insert({ ...mail, status: 'queued', attempts: 0, dueAt }))
    },
    async list({ limit = LISTED } = {}) {
      return (await store.collection(mails).find({ orderBy: { createdAt: 'desc' }, limit })).items
    },
  }
}
