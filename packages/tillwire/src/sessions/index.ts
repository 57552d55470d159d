export { deliverMail, type MailPass, type SendMail } from './deliver-mail.ts'
export { SessionExpired, SignedInAsAnother, Unauthenticated } from './errors.ts'
export { findUser, findUsers } from './find-user.ts'
export { openSessions, type SessionsOptions } from './open-sessions.ts'
export { type Mail, type QueuedMail, queueMail } from './outbox.ts'
export { requireSession } from './read-session.ts'
export { accounts, authSessions, mails, sessionsCollections, type User, users, verifications } from './schema.ts'
export type {
  Credentials,
  LeaseListener,
  SessionEnd,
  SessionIdentity,
  SessionLease,
  SessionReader,
  SessionSummary,
  Sessions,
} from './types.ts'
export { emailAddress, foldUsername, MAX_ADDRESS } from './user-handle.ts'
