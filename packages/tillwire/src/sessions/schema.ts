import { z } from 'zod'
import { collection, type DocumentOf } from '../store/index.ts'
import { foldAddress, foldUsername, MAX_ADDRESS } from './user-handle.ts'

const time = z.iso.datetime()
const optionalText = z.string().nullable().optional()

/**
 * Everyone who can be named: Better Auth's user, the ledger's holder and commerce's user are this
 * one document. E-mail addresses are kept in lower case; the username is the e-mail unless another
 * is given. `handle` is the folded username: it is what may be there once, and what look-ups compare.
 */
export const users = collection({
  name: 'users',
  schema: z.object({
    name: z.string().max(200).default(''),
    email: z.email().max(MAX_ADDRESS),
    emailVerified: z.boolean().default(false),
    image: z.string().max(2_048).nullable().optional(),
    username: z.string().max(MAX_ADDRESS).default(''),
    handle: z.string().default(''),
    /** Set: has no session and gets none. */
    bannedAt: time.nullable().optional(),
  }),
  unique: [['email'], ['handle']],
  hooks: {
    beforeSave(user) {
      user.email = foldAddress(user.email)
      if (user.username === '' || foldUsername(user.username) === foldUsername(user.email)) user.username = user.email
      user.handle = foldUsername(user.username)
    },
  },
  schemaVersion: 2,
  upgrades: { 1: (user) => ({ ...user, handle: foldUsername(String(user.username)) }) },
})

export type User = DocumentOf<typeof users>

/** Signed-in periods. The token is found through its blind index, and read back only by Better Auth. */
export const authSessions = collection({
  name: 'sessions',
  schema: z.object({
    userId: z.string(),
    token: z.string(),
    expiresAt: time,
    ipAddress: optionalText,
    userAgent: optionalText,
  }),
  unique: [['token']],
  indexes: [['userId', 'createdAt']],
  encrypted: { token: 'searchable' },
  // For a week whoever comes back is told that the session has ended.
  retention: { after: '7d', from: 'expiresAt', action: 'delete' },
})

/** The ways that a user signs in. `password` is the hash that Better Auth made. */
export const accounts = collection({
  name: 'accounts',
  schema: z.object({
    userId: z.string(),
    providerId: z.string(),
    accountId: z.string(),
    password: optionalText,
    scope: optionalText,
    accessToken: optionalText,
    refreshToken: optionalText,
    idToken: optionalText,
    accessTokenExpiresAt: time.nullable().optional(),
    refreshTokenExpiresAt: time.nullable().optional(),
  }),
  unique: [['providerId', 'accountId']],
  indexes: [['userId']],
  encrypted: { accessToken: 'opaque', refreshToken: 'opaque', idToken: 'opaque' },
})

/** What a mailed link proves; the identifier of a sign-in link holds a hash of its token. */
export const verifications = collection({
  name: 'verifications',
  schema: z.object({ identifier: z.string(), value: z.string(), expiresAt: time }),
  indexes: [['identifier', 'createdAt']],
  retention: { after: '1d', from: 'expiresAt', action: 'delete' },
})

/** Mail that waits to be sent, and what became of it. Links sign people in, so they are encrypted. */
export const mails = collection({
  name: 'mails',
  schema: z.object({
    to: z.email(),
    subject: z.string(),
    text: z.string(),
    html: z.string().optional(),
    link: z.string().optional(),
    status: z.enum(['queued', 'sent', 'failed']),
    /** How often sending was begun. */
    attempts: z.int().min(0),
    /** Not before this; while an attempt is under way, when it counts as lost. */
    dueAt: time,
    error: z.string().optional(),
    /** When it was sent, or given up. */
    endedAt: time.optional(),
  }),
  indexes: [['status', 'dueAt'], ['createdAt']],
  encrypted: { text: 'opaque', html: 'opaque', link: 'opaque' },
  retention: { after: '30d', from: 'endedAt', action: 'delete' },
})

/** Every collection of this folder. */
export const sessionsCollections = [users, authSessions, accounts, verifications, mails] as const
