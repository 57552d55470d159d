import { users } from '../../sessions/index.ts'
import type { DocumentOf, Store, Transaction } from '../../store/index.ts'
import { UserNotFound } from '../errors.ts'

export type User = DocumentOf<typeof users>

/** The user with this e-mail, in any letter case, or this username. */
export async function findUser(from: Store | Transaction, username: string): Promise<User | null> {
  const handle = username.trim()
  const collection = from.collection(users)
  const user = await collection.findOne({ email: handle.toLowerCase() })
  return user ?? collection.findOne({ username: handle })
}

/** @throws UserNotFound */
export async function requireUser(from: Store | Transaction, username: string): Promise<User> {
  const user = await findUser(from, username)
  if (!user) throw new UserNotFound(username)
  return user
}
