import { type App, defineFeature, giveMissedSignUpCredits } from 'tillwire'
import { holderOf, ledgerAccounts } from 'tillwire/credits'
import { clientEvents, type WireBalance } from 'tillwire/protocol'
import { followChanges } from 'tillwire/store'

/** A user's changes within this time are told as one: the latest. */
const TELL_EVERY_MS = 40
/** What the holders that are users begin with. */
const HOLDER = holderOf('')

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
  const { store, logger } = app
  const teller = tellLatest(app)
  const about = (holder: string) => holder.startsWith(HOLDER) && app.sockets.isConnected(holder.slice(HOLDER.length))
  let missed = false
  for await (const told of followChanges(store, ledgerAccounts, { about, signal, logger })) {
    if (told.type === 'read-anew') missed = true
    else if (told.document) {
      const { available, held, debt, sequence } = told.document
      teller.tell(told.id, { available, held, debt, version: sequence })
    }
    if (missed) missed = !(await tellEveryone(app, teller))
  }
  teller.stop()
}

/** What the feed did not tell is in the balances as they are now. False when they could not be read: the next change tries again. */
async function tellEveryone(app: App, teller: Teller): Promise<boolean> {
  try {
    for (const userId of app.sockets.connectedUsers()) {
      const holder = holderOf(userId)
      const { available, held, debt, version } = await app.credits.balance(holder)
      teller.tell(holder, { available, held, debt, version })
    }
    return true
  } catch (err) {
    app.logger.warn({ err }, 'Balances could not be read anew')
    return false
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
