import { holderOf } from '../../credits/index.ts'
import { findUsers, foldUsername, type User, users } from '../../sessions/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { StepContext } from '../../workflow/index.ts'
import { CustomerExists, InvalidCustomer } from '../errors.ts'
import type { Parts } from '../parts.ts'
import { customerClaims, customers } from '../schema.ts'
import { claimUser, untilClaimed } from './claim-user.ts'
import { type CustomerDetails, customerIdOf } from './customer.ts'

const NOT_THE_OWNERS = 'this username belongs to a user with another e-mail'
const ANOTHERS = 'this e-mail belongs to a user with another username'

/** A user for whom this run alone makes the customer. */
export interface Claim {
  readonly userId: string
}

/**
 * Claims the user of a username, and makes the user where there is none. While another run has the
 * claim, also with another e-mail, it waits for what comes of it; null when that takes too long. A failed
 * attempt never blocks a name.
 * @throws CustomerExists, InvalidCustomer
 */
export function claimUsername(parts: Parts, details: CustomerDetails, context: StepContext): Promise<Claim | null> {
  return untilClaimed(parts, context, async (tx) => {
    const found = await findUsers(tx, [details.username, details.email])
    if (found.length === 0) return claimNewUser(tx, details, context)
    const user = userOf(found, details)
    // Claims before customers: who has neither by then is no customer that a run is making.
    if (!user && (await isClaimedElsewhere(tx, found, context))) return null
    const owner = user ?? ownerOf(found, details)
    if (owner && (await tx.collection(customers).get(customerIdOf(owner.id)))) throw new CustomerExists(owner.username)
    if (!user) throw new InvalidCustomer([{ path: 'email', message: owner ? NOT_THE_OWNERS : ANOTHERS }])
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

/** Whom a username names, also when the e-mail is not theirs; undefined when it names nobody. */
function ownerOf(found: readonly User[], { username, email }: CustomerDetails): User | undefined {
  const named = found.find(({ handle }) => handle === foldUsername(username))
  return username === email ? (found.find((one) => one.email === email) ?? named) : named
}

/** The user that is meant: one whom both the username and the e-mail name. Of nobody else is a customer made. */
function userOf(found: readonly User[], details: CustomerDetails): User | undefined {
  const owner = ownerOf(found, details)
  return owner?.email === details.email ? owner : undefined
}

/** Whether another run is making a customer of one of these: it may yet fail, and take the user back with it. */
async function isClaimedElsewhere(tx: Transaction, found: readonly User[], { runId }: StepContext): Promise<boolean> {
  for (const { id } of found) {
    const claim = await tx.collection(customerClaims).get(id)
    if (claim && claim.runId !== runId) return true
  }
  return false
}
