import { z } from 'zod'
import { type Backoff, backoffDelay, type Clock, type Logger, microcredits, systemClock } from './core/index.ts'
import { type Credits, holderOf } from './credits/index.ts'
import {
  collection,
  type DocumentOf,
  NotFound,
  pagesOf,
  remove,
  replace,
  type Store,
  StoreUnavailable,
  VersionConflict,
} from './store/index.ts'

/** How many sign-ups are looked through at once. */
const PAGE = 100
/** When it is tried again, in milliseconds. */
const SET_ASIDE: Backoff = { first: 60_000, most: 86_400_000 }
/** How much of an error is kept with it. */
const MAX_REASON_LENGTH = 500

/** Who signed up and was not given their credits yet, by the user's id; written together with the user. */
export const signUps = collection({
  name: 'sign_ups',
  schema: z.object({
    amount: z.int().min(1),
    /** How often they could not be given, why not, and when it is tried again. */
    failures: z.int().min(1).optional(),
    reason: z.string().optional(),
    retryAt: z.iso.datetime().optional(),
  }),
})
type SignUp = DocumentOf<typeof signUps>

/** Where sign-up credits come from and go to. */
export interface SignUpCredits {
  readonly store: Store
  readonly credits: Credits
  readonly clock?: Clock
  readonly logger?: Logger
}

/** Gives a user who has just signed up their credits; nothing when they have them. */
export async function giveSignUpCredits(parts: SignUpCredits, userId: string): Promise<void> {
  const signUp = await parts.store.collection(signUps).get(userId)
  if (signUp) await give(parts, signUp)
}

/** Gives credits to all whose sign-up was interrupted before it; one that cannot have them stops no other. Run by the server. */
export async function giveMissedSignUpCredits(parts: SignUpCredits): Promise<void> {
  const now = (parts.clock ?? systemClock).now()
  for await (const signUp of all(parts.store)) {
    if (signUp.retryAt !== undefined && signUp.retryAt > now.toISOString()) continue
    try {
      await give(parts, signUp)
    } catch (err) {
      if (StoreUnavailable.is(err)) throw err
      await setAside(parts, signUp, now, err)
    }
  }
}

/** Those whose credits could not be given, for `check`. */
export async function checkSignUpCredits(store: Store): Promise<{ code: string; id: string; message: string }[]> {
  const problems = []
  for await (const { id, failures, reason, retryAt } of all(store)) {
    if (failures === undefined) continue
    const message = `The credits of this sign-up could not be given (${failures} times); it is tried again at ${retryAt}: ${reason}`
    problems.push({ code: 'sign_up_credits_missing', id, message })
  }
  return problems
}

async function* all(store: Store): AsyncGenerator<SignUp> {
  for await (const page of pagesOf(store, signUps, { limit: PAGE })) yield* page
}

async function setAside({ store, logger }: SignUpCredits, signUp: SignUp, now: Date, err: unknown): Promise<void> {
  const { id, amount, version } = signUp
  const failures = (signUp.failures ?? 0) + 1
  logger?.error({ err, user: id, failures }, 'Credits at sign-up cannot be given, and are set aside')
  const reason = (err instanceof Error ? err.message : String(err)).slice(0, MAX_REASON_LENGTH).toWellFormed()
  const retryAt = new Date(now.getTime() + backoffDelay(SET_ASIDE, failures)).toISOString()
  const later = replace(signUps, id, { amount, failures, reason, retryAt }, { ifVersion: version })
  await store.commit({ writes: [later] }).catch((error: unknown) => {
    if (!NotFound.is(error) && !VersionConflict.is(error)) throw error
  })
}

/** The grant and the end of the note are one commit; under one key, so that it happens once. */
async function give({ credits }: SignUpCredits, { id, version, amount }: SignUp): Promise<void> {
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
