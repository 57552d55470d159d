import { setTimeout as wait } from 'node:timers/promises'
import { backoffDelay } from '../core/index.ts'
import { LedgerBusy } from '../credits/index.ts'

const ATTEMPTS = 5
const BACKOFF = { first: 20, most: 500 }

/** Runs a movement of credits, again while the ledger is busy: it then moved nothing. */
export async function whileBusy<T>(move: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await move()
    } catch (error) {
      if (!LedgerBusy.is(error) || attempt === ATTEMPTS) throw error
      await wait(backoffDelay(BACKOFF, attempt))
    }
  }
}
