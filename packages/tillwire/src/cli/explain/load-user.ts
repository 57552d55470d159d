import { answers } from '../../answers/index.ts'
import { charges, checkouts, customers } from '../../commerce/index.ts'
import { holderOf, ledgerAccounts } from '../../credits/index.ts'
import { users } from '../../sessions/index.ts'
import { HolderSums } from './holder-sums.ts'
import { newest } from './newest.ts'
import { type Ledger, readEntries } from './read-entries.ts'
import type { UserDocuments } from './user-timeline.ts'

/** A user and what belongs to the user; null when there is neither a user nor a ledger account. */
export async function loadUser(ledger: Ledger, id: string): Promise<UserDocuments | null> {
  const { store } = ledger
  const user = await store.collection(users).get(id)
  const account = await store.collection(ledgerAccounts).get(holderOf(id))
  if (!user && !account) return null
  const customer = await store.collection(customers).findOne({ userId: id })
  const bought = await newest(store, checkouts, { userId: id })
  const charged = await newest(store, charges, { customerId: customer?.id ?? '' })
  const asked = await newest(store, answers, { userId: id })
  const sums = new HolderSums()
  // What is newer than the account as it was read belongs to a later moment.
  const unreadable = await readEntries(ledger, holderOf(id), (entry) => {
    if (account && entry.sequence <= account.sequence) sums.add(entry)
    return true
  })
  return {
    id,
    user,
    account,
    customer,
    checkouts: bought.items,
    charges: charged.items,
    answers: asked.items,
    unread: bought.unread + charged.unread + asked.unread,
    sums,
    unreadable,
  }
}
