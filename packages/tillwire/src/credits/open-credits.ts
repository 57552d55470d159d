import { type Clock, type Logger, silentLogger, systemClock } from '../core/index.ts'
import type { Store } from '../store/index.ts'
import { checkLedger } from './check-ledger.ts'
import { checkHolder, checkId } from './command.ts'
import { correctCredits } from './correct-credits.ts'
import { expireDue } from './expire-due.ts'
import { findPurchase } from './find-purchase.ts'
import { grantCredits } from './grant-credits.ts'
import { CommandGroup } from './group.ts'
import { holdOf, type RunCommand } from './hold.ts'
import { listEntries } from './list-entries.ts'
import { balanceOf } from './read-balance.ts'
import { reserveCredits } from './reserve-credits.ts'
import { restoreGrant, reverseGrant } from './reverse-grant.ts'
import { holds } from './schema.ts'
import { spendCredits } from './spend-credits.ts'
import type { Credits, Holder } from './types.ts'
import { Workspace } from './workspace.ts'

export interface CreditsOptions {
  /** Opened with `creditsCollections` among its collections. */
  readonly store: Store
  readonly clock?: Clock
  readonly logger?: Logger
}

/** The holder that a user is. */
export function holderOf(userId: string): Holder {
  return `user/${userId}`
}

/**
 * Opens the ledger on a store. Any number of processes may have it open on one database.
 * @example
 * const credits = openCredits({ store })
 * await credits.grant({ holder, amount: units(100), key: 'welcome', source: { kind: 'manual' } })
 * const hold = await credits.reserve({ holder, max: units(5), key: 'job-1', ttl: '15m' })
 * await hold.settle(units(3.2), { key: 'job-1' })
 */
export function openCredits({ store, clock = systemClock, logger = silentLogger }: CreditsOptions): Credits {
  const group = new CommandGroup(store, clock, logger)
  const run: RunCommand = (command) => group.run(command)

  return {
    grant: (request) => grantCredits(store, run, request),
    reserve: (request) => reserveCredits(store, run, request),
    spend: (request) => spendCredits(run, request),
    reverse: (request) => reverseGrant(store, run, request),
    restore: (request) => restoreGrant(store, run, request),
    correct: (request) => correctCredits(run, logger, request),

    async getHold(id) {
      const found = await store.collection(holds).get(checkId('id', id))
      if (!found) return null
      const holder = found.holder as Holder
      const workspace = await Workspace.read(store, [{ holder, hold: id }], clock.now())
      const hold = workspace.books(holder).holds.get(id)
      return hold ? holdOf(store, run, hold) : null
    },

    async balance(holder) {
      const workspace = await Workspace.read(store, [{ holder: checkHolder(holder) }], clock.now())
      return balanceOf(workspace.books(holder).account)
    },

    entries: (holder, options) => listEntries(store, holder, options),
    findPurchase: (payment) => findPurchase(store, payment),
    expireDue: () => expireDue(store, clock, logger),
    check: () => checkLedger(store),
    close: () => group.close(),
  }
}
