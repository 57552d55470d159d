import { isPlainText } from '../core/index.ts'
import type { Store, Transaction } from '../store/index.ts'
import { type User, users } from './schema.ts'
import { foldAddress, foldUsername } from './user-handle.ts'

/** The user that a username or e-mail address names, however it is written; null when there is none. */
export async function findUser(from: Store | Transaction, named: string): Promise<User | null> {
  const [user] = await findUsers(from, [named])
  return user ?? null
}

/**
 * The users that any of these usernames and e-mail addresses name, those named by their address first. All are
 * looked up in one read, so that a user who is made at that moment is seen by each of the names or by none.
 */
export async function findUsers(from: Store | Transaction, names: readonly string[]): Promise<User[]> {
  const plain = names.filter(isPlainText)
  const addresses = plain.map(foldAddress)
  const where = { or: [{ email: { in: addresses } }, { handle: { in: plain.map(foldUsername) } }] }
  // A name is of at most two users: one has it as address, another kept it as username.
  const { items } = await from.collection(users).find({ where, limit: 2 * plain.length || 1 })
  return items.sort((a, b) => Number(addresses.includes(b.email)) - Number(addresses.includes(a.email)))
}
