import { findUser, type User } from '../../sessions/index.ts'
import type { Store, Transaction } from '../../store/index.ts'
import { UserNotFound } from '../errors.ts'

/** @throws UserNotFound */
export async function requireUser(from: Store | Transaction, username: string): Promise<User> {
  const user = await findUser(from, username)
  if (!user) throw new UserNotFound(username)
  return user
}
