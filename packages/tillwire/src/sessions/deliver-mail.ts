import { type Backoff, backoffDelay, type Clock, isoAfter, type Logger, silentLogger } from '../core/index.ts'
import { type Store, VersionConflict } from '../store/index.ts'
import type { Mail, QueuedMail } from './outbox.ts'
import { mails } from './schema.ts'

/** Mails taken in one pass. */
const BATCH = 50
/** An attempt that is not over after this is given up; another process may try again after twice that. */
const ATTEMPT_MS = 30_000
/** After so many attempts a mail is parked as `failed`. */
const MAX_ATTEMPTS = 8
const RETRY: Backoff = { first: 10_000, most: 3_600_000 }

/**
 * Sends one mail, or throws. `id` is the same at each attempt: as Message-ID it lets a receiver
 * drop what arrives twice.
 */
export type SendMail = (mail: Mail & { readonly id: string }, signal: AbortSignal) => Promise<void>

export interface MailPass {
  readonly sent: number
  /** Failed, and to be tried again later. */
  readonly delayed: number
  /** Failed for the last time. */
  readonly parked: number
}

/**
 * One pass of the mail worker: takes what is due, oldest first, at most 50, and sends it by `send`.
 * Any number of processes may run passes at once: each mail is taken by a conditional write, and
 * one whose taker died is due again a minute later, so a mail may go out twice but is never lost.
 * @throws StoreUnavailable. What `send` throws is kept on the mail and never thrown.
 */
export async function deliverMail(options: {
  readonly store: Store
  readonly send: SendMail
  readonly clock: Clock
  readonly logger?: Logger
}): Promise<MailPass> {
  const { store, send, clock, logger = silentLogger } = options
  const outbox = store.collection(mails)
  const pass = { sent: 0, delayed: 0, parked: 0 }
  const now = () => clock.now().toISOString()
  const { items } = await outbox.find({
    where: { status: 'queued', dueAt: { lte: now() } },
    orderBy: { dueAt: 'asc' },
    limit: BATCH,
    setAside: store.setAside(mails),
  })
  for (const due of items) {
    const mail = await take(due)
    if (mail === null) continue
    const error = await attempt(mail)
    if (error === null) {
      pass.sent += 1
      await outbox.update(mail.id, { status: 'sent', endedAt: now() })
    } else if (mail.attempts >= MAX_ATTEMPTS) {
      pass.parked += 1
      logger.error({ mail: mail.id, attempts: mail.attempts, reason: error }, 'A mail was given up')
      await outbox.update(mail.id, { status: 'failed', error, endedAt: now() })
    } else {
      pass.delayed += 1
      logger.warn({ mail: mail.id, attempts: mail.attempts, reason: error }, 'A mail could not be sent yet')
      await outbox.update(mail.id, { error, dueAt: isoAfter(clock.now(), `${backoffDelay(RETRY, mail.attempts)}ms`) })
    }
  }
  return pass

  async function take(due: QueuedMail): Promise<QueuedMail | null> {
    try {
      const lostAt = isoAfter(clock.now(), `${2 * ATTEMPT_MS}ms`)
      return await outbox.update(due.id, { attempts: due.attempts + 1, dueAt: lostAt }, { ifVersion: due.version })
    } catch (error) {
      if (VersionConflict.is(error)) return null
      throw error
    }
  }

  /** Null when it was sent, else why not. */
  async function attempt(mail: QueuedMail): Promise<string | null> {
    const { id, to, subject, text, html, link } = mail
    try {
      const signal = AbortSignal.timeout(ATTEMPT_MS)
      await Promise.race([send({ id, to, subject, text, html, link }, signal), aborted(signal)])
      return null
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
