import { ApiError, invalidRequest } from './error.ts'

/** A decoded form: `a[b]=1&c[]=2` is `{ a: { b: '1' }, c: { 0: '2' } }`. Objects have no prototype. */
export type FormValue = string | FormHash
export interface FormHash {
  [key: string]: FormValue
}

const MAX_FORM_FIELDS = 2000
const MAX_FORM_DEPTH = 8

export function emptyForm(): FormHash {
  return Object.create(null)
}

/** Decodes `application/x-www-form-urlencoded` with nested brackets into `into`. */
export function decodeForm(text: string, into: FormHash = emptyForm()): FormHash {
  if (text === '') return into
  const fields = text.split('&')
  if (fields.length > MAX_FORM_FIELDS) throw invalidRequest(`A request may have at most ${MAX_FORM_FIELDS} fields.`)
  for (const field of fields) {
    if (field === '') continue
    const equals = field.indexOf('=')
    const name = decodeText(equals < 0 ? field : field.slice(0, equals))
    put(into, splitName(name), equals < 0 ? '' : decodeText(field.slice(equals + 1)), name)
  }
  return into
}

function decodeText(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new ApiError(400, 'invalid_request_error', 'Invalid request: the body is not valid URL-encoded UTF-8.')
  }
}

/** `line_items[0][price]` is `['line_items', '0', 'price']`. */
function splitName(name: string): string[] {
  const match = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name)
  if (match?.[1] === undefined) throw invalidRequest(`Invalid parameter name: ${name}`)
  const inner = match[2] === undefined || match[2] === '' ? [] : match[2].slice(1, -1).split('][')
  const parts = [match[1], ...inner]
  if (parts.length > MAX_FORM_DEPTH)
    throw invalidRequest(`Parameters may nest at most ${MAX_FORM_DEPTH} levels: ${name}`)
  return parts
}

function put(root: FormHash, parts: string[], value: string, name: string): void {
  let hash = root
  for (const [position, part] of parts.entries()) {
    const key = part === '' ? String(Object.keys(hash).length) : part
    if (position === parts.length - 1) {
      if (typeof hash[key] === 'object') throw invalidRequest(`Conflicting values for parameter: ${name}`)
      hash[key] = value
      return
    }
    const next = hash[key] ?? emptyForm()
    if (typeof next === 'string') throw invalidRequest(`Conflicting values for parameter: ${name}`)
    hash[key] = next
    hash = next
  }
}

/** The same form always gives the same text, whatever order its fields came in. */
export function canonicalForm(value: FormValue): string {
  if (typeof value === 'string') return JSON.stringify(value)
  const fields = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalForm(value[key] ?? '')}`)
  return `{${fields.join(',')}}`
}
