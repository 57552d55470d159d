import { microcredits } from '../core/index.ts'
import type { Store } from '../store/index.ts'
import { checkId } from './command.ts'
import { grants } from './schema.ts'
import type { Credits, Holder } from './types.ts'

/** The grant that a payment funded, if any. */
export async function findPurchase(store: Store, payment: string): ReturnType<Credits['findPurchase']> {
  checkId('payment', payment)
  const grant = await store.collection(grants).findOne({ 'source.payment': payment })
  if (!grant) return null
  return {
    grant: grant.id,
    holder: grant.holder as Holder,
    amount: microcredits(grant.amount),
    reversed: microcredits(grant.reversed),
  }
}
