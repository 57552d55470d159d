import { ApiError } from '../http/error.ts'

/**
 * Lets any test secret key pass, as Bearer token or as Basic user name.
 *
 * @throws ApiError 401 without a key or with one that is not a test secret key
 */
export function authenticate(header: string | undefined): void {
  const key = keyOf(header)
  if (key === undefined) {
    throw new ApiError(
      401,
      'invalid_request_error',
      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
    )
  }
  if (/^(sk|rk)_test_\w+$/.test(key)) return
  throw new ApiError(401, 'invalid_request_error', `Invalid API Key provided: ${masked(key)}`)
}

function keyOf(header: string | undefined): string | undefined {
  const match = /^(bearer|basic)\s+(\S+)$/i.exec(header ?? '')
  if (match?.[1] === undefined || match[2] === undefined) return undefined
  if (match[1].toLowerCase() === 'bearer') return match[2]
  const user = Buffer.from(match[2], 'base64').toString('utf8').split(':')[0]
  return user === '' ? undefined : user
}

function masked(key: string): string {
  return key.length <= 12 ? '*'.repeat(key.length) : `${key.slice(0, 8)}${'*'.repeat(key.length - 12)}${key.slice(-4)}`
}
