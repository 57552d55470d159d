export { accounts, authSessions, mails, sessionsCollections, users, verifications } from './schema.ts'
