import { holderOf } from '../../credits/index.ts'
import { findUsers, foldUsername, type User, users } from '../../sessions/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { StepContext } from '../../workflow/index.ts'
import { CustomerExists, InvalidCustomer } from '../errors.ts'
import type { Parts } from '../parts.ts'
import { customerClaims, customers } from '../schema.ts'
import { claimUser, untilClaimed } from './claim-user.ts'
import { type CustomerDetails, customerIdOf } from './customer.ts'

/** A user for whom this run alone makes the customer. */
export interface Claim {
  readonly userId: string
}

/**
 * Claims the user of a username, and makes the user where there is none. While another run has the
 * claim it waits for what comes of it; null when that takes too long. A failed attempt never blocks a name.
 * @throws CustomerExists, InvalidCustomer
 */
export function claimUsername(parts: Parts, details: CustomerDetails, context: StepContext): Promise<Claim | null> {
  return untilClaimed(parts, context, async (tx) => {
    const user = await userOf(tx, details)
    if (!user) return claimNewUser(tx, details, context)
    if (await tx.collection(customers).get(customerIdOf(user.id))) throw new CustomerExists(user.username)
    return (await claimUser(parts, tx, user.id, context)) ? { userId: user.id } : null
  })
}

/** Gives the claim back; the user goes too when this claim made it and nobody has touched it since. */
export async function releaseClaim(parts: Parts, { userId }: Claim, context: StepContext): Promise<void> {
  const balance = await parts.credits.balance(holderOf(userId))
  await parts.store.transaction(async (tx) => {
    await context.guard(tx)
    const claim = await tx.collection(customerClaims).get(userId)
    if (claim?.runId !== context.runId) return
    await tx.collection(customerClaims).delete(userId)
    const user = await tx.collection(users).get(userId)
    const onlyOurs = user?.version === claim.madeUser && balance.version === 0
    if (user && onlyOurs) await tx.collection(users).delete(userId)
  })
}

async function claimNewUser(tx: Transaction, details: CustomerDetails, { runId }: StepContext): Promise<Claim> {
  const { username, email, firstName, lastName } = details
  const name = [firstName, lastName].filter(Boolean).join(' ')
  const user = await tx.collection(users).insert({ id: runId.replace(/^run_/, 'user_'), username, email, name })
  await tx.collection(customerClaims).insert({ id: user.id, runId, madeUser: user.version })
  return { userId: user.id }
}

/** The user that is meant; null when there is none. One whose username and e-mail belong to different people is nobody. */
async function userOf(tx: Transaction, { username, email }: CustomerDetails): Promise<User | null> {
  const found = await findUsers(tx, [username, email])
  if (found.length === 0) return null
  const user = found.find((one) => one.email === email)
  if (user && (username === email || user.handle === foldUsername(username))) return user
  throw new InvalidCustomer([{ path: 'email', message: 'this e-mail and this username belong to different users' }])
}
