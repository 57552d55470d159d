import { setTimeout as delay } from 'node:timers/promises'
import { type Transaction, UniqueViolation } from '../../store/index.ts'
import type { StepContext } from '../../workflow/index.ts'
import type { Parts } from '../parts.ts'
import { customerClaims } from '../schema.ts'

/** How long a run waits for another one that is making the same customer. */
const CLAIM_WAIT_MS = 15_000
const CLAIM_POLL_MS = 50

/**
 * Claims a user, in a transaction, so that this run alone makes a customer at Stripe for them. The claim of a run that
 * has failed is taken over, also before all of it is undone. False while another run has it.
 */
export async function claimUser(
  parts: Parts,
  tx: Transaction,
  userId: string,
  { runId }: StepContext,
): Promise<boolean> {
  const claims = tx.collection(customerClaims)
  const claim = await claims.get(userId)
  if (!claim) await claims.insert({ id: userId, runId, madeUser: null })
  else if (claim.runId !== runId) {
    const holder = await parts.workflows.get(claim.runId)
    if (holder?.status === 'running') return false
    await claims.update(userId, { runId })
  }
  return true
}

/** Tries to claim until that says what it came to; null when another run has the claim for too long. */
export async function untilClaimed<T>(
  parts: Parts,
  context: StepContext,
  claim: (tx: Transaction) => Promise<T | null>,
): Promise<T | null> {
  const deadline = performance.now() + CLAIM_WAIT_MS
  for (;;) {
    const claimed = await tryToClaim(parts, context, claim)
    if (claimed !== null) return claimed
    if (performance.now() > deadline) return null
    await delay(CLAIM_POLL_MS, undefined, { signal: context.signal })
  }
}

async function tryToClaim<T>(
  { store }: Parts,
  context: StepContext,
  claim: (tx: Transaction) => Promise<T | null>,
): Promise<T | null> {
  try {
    return await store.transaction(async (tx) => {
      await context.guard(tx)
      return claim(tx)
    })
  } catch (error) {
    // Another call was faster by a moment: the next look sees what it made.
    if (UniqueViolation.is(error)) return null
    throw error
  }
}
