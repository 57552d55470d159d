import type { FormHash, FormValue } from '../http/form.ts'

const MAX_ENTRIES = 1000

export interface RequestEntry {
  id: string
  at: string
  method: string
  path: string
  /** Null when the answer was never sent. */
  status: number | null
  idempotencyKey: string | null
  replayed: boolean
  parameters: FormHash
}

/** The last requests of the API, oldest first, without card data. */
export class RequestLog {
  #entries: RequestEntry[] = []

  add(entry: RequestEntry): void {
    this.#entries.push({ ...entry, parameters: redactHash(entry.parameters) })
    if (this.#entries.length > MAX_ENTRIES) this.#entries.shift()
  }

  entries(): readonly RequestEntry[] {
    return this.#entries
  }

  clear(): void {
    this.#entries = []
  }
}

const SECRET_FIELDS = new Set(['number', 'cvc', 'client_secret'])

function redactHash(form: FormHash): FormHash {
  return Object.fromEntries(
    Object.entries(form).map(([key, value]) => [key, SECRET_FIELDS.has(key) ? '[redacted]' : redact(value)]),
  )
}

function redact(value: FormValue): FormValue {
  if (typeof value !== 'string') return redactHash(value)
  return value.replaceAll(/\b\d(?:[ -]?\d){11,18}\b/g, '[redacted]')
}
