import type { Database, Row } from '../store/database.ts'

/** An attempt is repeated after 1 s, then twice as long each time up to an hour, by the emulator's clock. */
export const FIRST_RETRY_MS = 1000
export const LONGEST_RETRY_MS = 3_600_000
export const MAX_ATTEMPTS = 30

export interface Delivery {
  id: number
  event: string
  endpoint: string
  url: string
  state: 'pending' | 'delivered' | 'failed'
  attempts: number
  /** When the next attempt is due, in milliseconds of the emulator's clock. */
  due: number
  /** The receiver's last answer. */
  status: number | null
  error: string | null
}

export type Outcome = { status: number } | { error: string }

export function enqueueDelivery(
  database: Database,
  event: string,
  endpoint: { id: string; url: string },
  now: number,
): void {
  database.run(
    "INSERT INTO deliveries (event, endpoint, url, state, due) VALUES (?, ?, ?, 'pending', ?)",
    event,
    endpoint.id,
    endpoint.url,
    now,
  )
}

/** What becomes of a delivery after an attempt. Only a 2xx counts as received. */
export function decideAfterAttempt(delivery: Delivery, outcome: Outcome, now: number): Delivery {
  const attempts = delivery.attempts + 1
  const status = 'status' in outcome ? outcome.status : null
  if (status !== null && status >= 200 && status < 300) {
    return { ...delivery, attempts, status, error: null, state: 'delivered' }
  }
  const error = 'error' in outcome ? outcome.error : `answered ${outcome.status}`
  if (attempts >= MAX_ATTEMPTS) return { ...delivery, attempts, status, error, state: 'failed' }
  const wait = Math.min(FIRST_RETRY_MS * 2 ** (attempts - 1), LONGEST_RETRY_MS)
  return { ...delivery, attempts, status, error, due: now + wait }
}

export function saveDelivery(database: Database, delivery: Delivery): void {
  const { state, attempts, due, status, error, id } = delivery
  database.run(
    'UPDATE deliveries SET state = ?, attempts = ?, due = ?, status = ?, error = ? WHERE id = ?',
    state,
    attempts,
    due,
    status,
    error,
    id,
  )
}

/** What an endpoint that is gone had still to receive is not sent any more. */
export function giveUpDeliveries(database: Database, endpoint: string): void {
  const sql =
    "UPDATE deliveries SET state = 'failed', error = 'the endpoint is gone' WHERE endpoint = ? AND state = 'pending'"
  database.run(sql, endpoint)
}

export function dueDeliveries(database: Database, now: number, limit: number): Delivery[] {
  const sql = "SELECT * FROM deliveries WHERE state = 'pending' AND due <= ? ORDER BY due, id LIMIT ?"
  return database.all(sql, now, limit).map(deliveryOf)
}

/** When the next delivery after `now` is due. */
export function nextDue(database: Database, now: number): number | undefined {
  const row = database.get("SELECT min(due) AS due FROM deliveries WHERE state = 'pending' AND due > ?", now)
  return typeof row?.due === 'number' ? row.due : undefined
}

/** The last deliveries, newest first. */
export function listDeliveries(database: Database, limit: number): Delivery[] {
  return database.all('SELECT * FROM deliveries ORDER BY id DESC LIMIT ?', limit).map(deliveryOf)
}

/** How many endpoints have still to receive an event. */
export function countPending(database: Database, event: string): number {
  const sql = "SELECT count(DISTINCT endpoint) AS total FROM deliveries WHERE event = ? AND state = 'pending'"
  return Number(database.get(sql, event)?.total)
}

function deliveryOf(row: Row): Delivery {
  return {
    id: Number(row.id),
    event: String(row.event),
    endpoint: String(row.endpoint),
    url: String(row.url),
    state: row.state === 'delivered' || row.state === 'failed' ? row.state : 'pending',
    attempts: Number(row.attempts),
    due: Number(row.due),
    status: row.status === null ? null : Number(row.status),
    error: row.error === null ? null : String(row.error),
  }
}
