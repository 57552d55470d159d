/** A control command that was asked wrongly; the message says what is allowed. */
export class BadControl extends Error {}

/** The JSON object of a body with no other fields than these; an empty body is an empty object. */
export function readBody(text: string, fields: readonly string[]): Record<string, unknown> {
  if (text.trim() === '') return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new BadControl('The body must be JSON.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new BadControl('The body must be a JSON object.')
  const unknown = Object.keys(value).find((name) => !fields.includes(name))
  if (unknown === undefined) return { ...value }
  const known = fields.length === 0 ? 'no fields' : fields.map((name) => `"${name}"`).join(', ')
  throw new BadControl(`"${unknown}" is not known here; this command takes ${known}.`)
}

export function textIn(body: Record<string, unknown>, name: string): string {
  const value = body[name]
  if (typeof value === 'string' && value !== '') return value
  throw new BadControl(`"${name}" must be a text.`)
}

export function numberIn(body: Record<string, unknown>, name: string, min: number, max: number): number {
  const value = body[name]
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  throw new BadControl(`"${name}" must be a whole number from ${min} to ${max}.`)
}

export function oneOf<const T extends string>(body: Record<string, unknown>, name: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === body[name])
  if (found !== undefined) return found
  throw new BadControl(`"${name}" must be one of ${allowed.map((candidate) => `"${candidate}"`).join(', ')}.`)
}
