/** What is sent back; or nothing, when the connection is to end without an answer. */
export type Answer = Reply | { hangUp: 'reset' | 'close' }

export interface Reply {
  status: number
  headers: Record<string, string>
  body: string
}

export function json(status: number, value: unknown): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value, null, 2) }
}

export function redirect(location: string): Reply {
  return { status: 303, headers: { location }, body: '' }
}
