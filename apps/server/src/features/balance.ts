import { setTimeout as sleep } from 'node:timers/promises'
import { type App, backoffDelay, defineFeature, giveMissedSignUpCredits } from 'tillwire'
import { holderOf, ledgerAccounts } from 'tillwire/credits'
import { clientEvents, type WireBalance } from 'tillwire/protocol'
import { CursorExpired, StoreUnavailable } from 'tillwire/store'

/** A user's changes within this time are told as one: the latest. */
const TELL_EVERY_MS = 40
/** What the holders that are users begin with. */
const HOLDER = holderOf('')
const RETRY = { first: 200, most: 10_000 }

/** Balances, and every change of them, whichever process made it. */
export default defineFeature({
  name: 'balance',
  events: {
    authenticated: {
      'balance:get': {
        ...clientEvents.authenticated['balance:get'],
        handle: ({ app, user }) => app.credits.balance(holderOf(user.id)),
      },
    },
  },
  jobs: [
    { name: 'expire-credits', every: '5s', run: ({ credits }) => credits.expireDue() },
    { name: 'sign-up-credits', every: '5s', run: giveMissedSignUpCredits },
  ],
  start: (app, signal) => void followAccounts(app, signal),
})

/**
 * Tells users of the changes of their accounts, for as long as the server runs. Accounts of users without a
 * socket here are not read: one that is just opening joins its user's room before it reads the balance.
 */
async function followAccounts(app: App, signal: AbortSignal): Promise<void> {
  const teller = tellLatest(app)
  const about = (holder: string) => holder.startsWith(HOLDER) && app.sockets.isConnected(holder.slice(HOLDER.length))
  let cursor: string | undefined
  for (let failures = 0; !signal.aborted; ) {
    try {
      if (cursor === undefined) {
        cursor = await app.store.cursor()
        if (failures > 0) await tellEveryone(app, teller)
      }
      for await (const change of app.store.collection(ledgerAccounts).watch({ about, from: cursor, signal })) {
        cursor = change.cursor
        failures = 0
        if (!change.document) continue
        const { available, held, debt, sequence } = change.document
        teller.tell(change.id, { available, held, debt, version: sequence })
      }
      if (!signal.aborted) throw new StoreUnavailable('the feed of accounts ended')
    } catch (err) {
      if (signal.aborted) break
      if (CursorExpired.is(err)) cursor = undefined
      failures += 1
      app.logger.warn({ err, failures }, 'Balances could not be followed')
      await sleep(backoffDelay(RETRY, failures), undefined, { signal }).catch(() => {})
    }
  }
  teller.stop()
}

/** After a gap in the feed: whatever was missed is in the balances as they are now. */
async function tellEveryone(app: App, teller: Teller): Promise<void> {
  for (const userId of app.sockets.connectedUsers()) {
    const holder = holderOf(userId)
    const { available, held, debt, version } = await app.credits.balance(holder)
    teller.tell(holder, { available, held, debt, version })
  }
}

interface Teller {
  tell(holder: string, balance: WireBalance): void
  stop(): void
}

function tellLatest(app: App): Teller {
  const latest = new Map<string, WireBalance>()
  let timer: NodeJS.Timeout | undefined
  const flush = () => {
    timer = undefined
    for (const [userId, balance] of latest) app.sockets.toUser(userId).emit('balance:changed', balance)
    latest.clear()
  }
  return {
    tell(holder, balance) {
      latest.set(holder.slice(HOLDER.length), balance)
      timer ??= setTimeout(flush, TELL_EVERY_MS)
    },
    stop: () => clearTimeout(timer),
  }
}
