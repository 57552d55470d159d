import { users } from '../../sessions/index.ts'
import type { DocumentOf, Store, Transaction } from '../../store/index.ts'
import { UserNotFound } from '../errors.ts'

export type User = DocumentOf<typeof users>

/** The user with this username or e-mail; e-mails in any letter case. */
export async function findUser(from: Store | Transaction, username: string): Promise<User | null> {
  const handle = username.trim()
  const collection = from.collection(users)
  const email = handle.toLowerCase()
  if (handle.includes('@')) return collection.findOne({ email })
  return collection.findOne({ username: handle })
}

/** @throws UserNotFound */
export async function requireUser(from: Store | Transaction, username: string): Promise<User> {
  const user = await findUser(from, username)
  if (!user) throw new UserNotFound(username)
  return user
}
