import { createHmac, timingSafeEqual } from 'node:crypto'

const PLAIN_NAME = 'better-auth.session_token'
const SECURE_NAME = `__Secure-${PLAIN_NAME}`
/**
 * A longer header is not read: Node, and so each server of ours, lets none through. It bounds how many cookies
 * there are to try: about 200 that are signed.
 */
const MAX_HEADER_LENGTH = 16_384
/** Several times what Better Auth writes. */
const MAX_VALUE_LENGTH = 512
const SIGNATURE = /^[A-Za-z0-9+/]{43}=$/

/** A session cookie whose signature is right. */
export interface SessionCookie {
  readonly token: string
  /** As it was sent, without quotes. */
  readonly value: string
}

/**
 * The session cookies that a `Cookie` header proves: those of Better Auth's whose HMAC-SHA256 under
 * `secret` is right, one for each token, in the order in which they are to be tried. A name may be there several times: an
 * old cookie of another path or domain does not hide the right one. Those of the `__Secure-` name come
 * first, and alone when `secureOnly`. Whatever is malformed, forged or too long counts as absent: this
 * never throws.
 */
export function provenCookies(
  header: string | undefined,
  secret: string,
  options: { readonly secureOnly?: boolean } = {},
): SessionCookie[] {
  if (header === undefined || header.length > MAX_HEADER_LENGTH) return []
  const pairs = pairsOf(header)
  const values = [SECURE_NAME, ...(options.secureOnly ? [] : [PLAIN_NAME])].flatMap((name) =>
    pairs.filter((pair) => pair.name === name).map(({ value }) => value),
  )
  const proven = new Map<string, SessionCookie>()
  for (const value of new Set(values)) {
    const token = provenToken(value, secret)
    if (token !== null && !proven.has(token)) proven.set(token, { token, value })
  }
  return [...proven.values()]
}

/**
 * The header with this session cookie as the only one, under the name that Better Auth reads, which
 * takes the first of a name; all other cookies stay.
 */
export function withOneCookie(header: string, { value }: SessionCookie, secureOnly: boolean): string {
  const others = header.split(';').filter((pair) => pair.trim() !== '' && !isSessionPair(pair))
  return [`${nameRead(secureOnly)}=${value}`, ...others.map((pair) => pair.trim())].join('; ')
}

/** Whether Better Auth could read another session cookie than we do: there are several, or one under another name. */
export function isAmbiguous(header: string, secureOnly: boolean): boolean {
  const sent = header.split(';').filter(isSessionPair)
  return sent.length > 1 || sent.some((pair) => nameOf(pair) !== nameRead(secureOnly))
}

function nameRead(secureOnly: boolean): string {
  return secureOnly ? SECURE_NAME : PLAIN_NAME
}

function isSessionPair(pair: string): boolean {
  return pair.includes('=') && [SECURE_NAME, PLAIN_NAME].includes(nameOf(pair))
}

function nameOf(pair: string): string {
  return pair.slice(0, pair.indexOf('=')).trim()
}

function pairsOf(header: string): { name: string; value: string }[] {
  return header.split(';').flatMap((pair) => {
    if (!pair.includes('=')) return []
    const value = pair.slice(pair.indexOf('=') + 1).trim()
    return [{ name: nameOf(pair), value: value.startsWith('"') ? value.slice(1, -1) : value }]
  })
}

function provenToken(encoded: string, secret: string): string | null {
  if (encoded.length > MAX_VALUE_LENGTH) return null
  const value = decode(encoded)
  if (value === null) return null
  const dot = value.lastIndexOf('.')
  if (dot < 1) return null
  const token = value.slice(0, dot)
  const signature = value.slice(dot + 1)
  if (!SIGNATURE.test(signature)) return null
  return timingSafeEqual(Buffer.from(signature, 'base64'), hmac(token, secret)) ? token : null
}

function decode(value: string): string | null {
  try {
    return decodeURIComponent(value)
  } catch {
    return null
  }
}

function hmac(token: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(token).digest()
}
