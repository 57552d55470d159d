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

/**
 * Puts a mail in the outbox; `deliverMail` sends it. Inside a transaction's body it belongs to that
 * transaction: it is sent when that commits, and only then.
 */
export async function queueMail(store: Store, mail: Mail, options: { readonly clock: Clock }): Promise<QueuedMail> {
  const dueAt = options.clock.now().toISOString()
  return store.transaction((tx) => tx.collection(mails).insert({ ...mail, status: 'queued', attempts: 0, dueAt }))
}
