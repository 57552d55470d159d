import { z } from 'zod'
import { microcredits } from './core/index.ts'
import { type Credits, holderOf } from './credits/index.ts'
import { collection, type DocumentOf, NotFound, remove, type Store, VersionConflict } from './store/index.ts'

/** How many sign-ups are looked through at once. */
const PAGE = 100

/** Who signed up and was not given their credits yet, by the user's id; written together with the user. */
export const signUps = collection({ name: 'sign_ups', schema: z.object({ amount: z.int().min(1) }) })

/** Where sign-up credits come from and go to. */
export interface SignUpCredits {
  readonly store: Store
  readonly credits: Credits
}

/** Gives a user who has just signed up their credits; nothing when they have them. */
export async function giveSignUpCredits(parts: SignUpCredits, userId: string): Promise<void> {
  const signUp = await parts.store.collection(signUps).get(userId)
  if (signUp) await give(parts, signUp)
}

/** Gives credits to all whose sign-up was interrupted before it. Run by the server. */
export async function giveMissedSignUpCredits(parts: SignUpCredits): Promise<void> {
  const { items } = await parts.store.collection(signUps).find({ limit: PAGE })
  for (const signUp of items) await give(parts, signUp)
}

/** The grant and the end of the note are one commit; under one key, so that it happens once. */
async function give({ credits }: SignUpCredits, { id, version, amount }: DocumentOf<typeof signUps>): Promise<void> {
  const request = {
    holder: holderOf(id),
    amount: microcredits(amount),
    key: 'sign-up',
    source: { kind: 'sign-up' },
    also: { writes: [remove(signUps, id, { ifVersion: version })] },
  } as const
  try {
    await credits.grant(request)
  } catch (error) {
    // Another process has just given them.
    if (!NotFound.is(error) && !VersionConflict.is(error)) throw error
  }
}
