import { createHmac, timingSafeEqual } from 'node:crypto'

const PLAIN_NAME = 'better-auth.session_token'
const SECURE_NAME = `__Secure-${PLAIN_NAME}`
/** A longer header is not read: no server of ours lets one through. */
const MAX_HEADER_LENGTH = 16_384
/** Several times what Better Auth writes. */
const MAX_VALUE_LENGTH = 512
const SIGNATURE = /^[A-Za-z0-9+/]{43}=$/

/**
 * The session tokens that a `Cookie` header proves: those of Better Auth's session cookies whose
 * HMAC-SHA256 under `secret` is right. At most one a cookie name, the first of it, as Better Auth
 * itself reads; the `__Secure-` name comes first, and alone when `secureOnly`. Whatever is
 * malformed, forged or too long counts as absent: this never throws.
 */
export function provenTokens(
  header: string | undefined,
  secret: string,
  options: { readonly secureOnly?: boolean } = {},
): string[] {
  if (header === undefined || header.length > MAX_HEADER_LENGTH) return []
  const names = options.secureOnly ? [SECURE_NAME] : [SECURE_NAME, PLAIN_NAME]
  const tokens = names.map((name) => provenToken(firstValue(header, name), secret))
  return tokens.filter((token) => token !== null)
}

function firstValue(header: string, name: string): string | null {
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=')
    if (equals === -1 || pair.slice(0, equals).trim() !== name) continue
    const value = pair.slice(equals + 1).trim()
    return value.startsWith('"') ? value.slice(1, -1) : value
  }
  return null
}

function provenToken(encoded: string | null, secret: string): string | null {
  if (encoded === null || encoded.length > MAX_VALUE_LENGTH) return null
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
