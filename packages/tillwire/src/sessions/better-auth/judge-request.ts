import { APIError, createAuthMiddleware } from 'better-auth/api'
import { isPlainText } from '../../core/index.ts'
import { users } from '../schema.ts'
import { isSeen } from '../user-handle.ts'

/** As long as any address that a browser or a mail program follows. */
const MAX_ADDRESS = 2_048
const ADDRESSES = ['callbackURL', 'newUserCallbackURL', 'errorCallbackURL', 'redirectTo']
const { name, email } = users.schema.shape

/** Why a value that is asked for is refused. */
interface Refusal {
  readonly code: string
  readonly message: string
}

/** What is judged, by the name that it has in bodies and queries: the words for it when it will not do. */
const RULES: Readonly<Record<string, Refusal & { fits(value: unknown, origin: string): boolean }>> = {
  name: {
    code: 'INVALID_NAME',
    message: 'This name cannot be kept: write one that can be seen, of at most 200 characters.',
    fits: (value) => typeof value === 'string' && isSeen(value) && name.safeParse(value).success,
  },
  email: {
    code: 'INVALID_EMAIL',
    message: 'This is not an e-mail address: write one as in you@example.com.',
    fits: (value) => email.safeParse(value).success,
  },
  image: {
    code: 'INVALID_IMAGE',
    message: `This is not the address of an image: give an http address of at most ${MAX_ADDRESS} characters.`,
    fits: (value, origin) => value === null || isAddress(value, origin),
  },
  ...Object.fromEntries(
    ADDRESSES.map((address) => [
      address,
      {
        code: 'INVALID_CALLBACK_URL',
        message: `"${address}" is not an address: give a path, or an http address, of at most ${MAX_ADDRESS} characters.`,
        fits: isAddress,
      },
    ]),
  ),
}
const UNKEPT_TEXT: Refusal = {
  code: 'INVALID_TEXT',
  message: 'A text has a NUL character or half of one, which cannot be kept.',
}

/**
 * Judges whatever is asked for when it is asked: a name, address or link that could not be kept later
 * is refused with 400 before anything is done or mailed. What is not given is not judged.
 */
export function judgeRequests(webOrigin: string) {
  return createAuthMiddleware(async ({ body, query, params }) => {
    const refusal = refusalOf([body, query, params], webOrigin)
    if (refusal) throw new APIError('BAD_REQUEST', { code: refusal.code, message: refusal.message })
  })
}

/** The first thing that will not do in the parts of a request; null when there is none. */
export function refusalOf(parts: readonly unknown[], webOrigin: string): Refusal | null {
  if (!parts.every(hasPlainTexts)) return UNKEPT_TEXT
  for (const part of parts) {
    if (typeof part !== 'object' || part === null) continue
    for (const [field, value] of Object.entries(part)) {
      const rule = Object.hasOwn(RULES, field) ? RULES[field] : undefined
      if (rule && value !== undefined && !rule.fits(value, webOrigin)) return rule
    }
  }
  return null
}

function isAddress(value: unknown, origin: string): boolean {
  if (typeof value !== 'string' || value.length > MAX_ADDRESS) return false
  const url = URL.parse(value, origin)
  return url?.protocol === 'https:' || url?.protocol === 'http:'
}

/** Looks at every text, keys included, however deep. A request's body is bounded. */
function hasPlainTexts(part: unknown): boolean {
  const left = [part]
  while (left.length > 0) {
    const value = left.pop()
    if (typeof value === 'string' && !isPlainText(value)) return false
    if (typeof value === 'object' && value !== null) for (const entry of Object.entries(value)) left.push(...entry)
  }
  return true
}
