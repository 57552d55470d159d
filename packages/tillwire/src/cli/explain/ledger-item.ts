import { formatCredits } from '../../core/index.ts'
import type { ledgerEntries } from '../../credits/index.ts'
import type { DocumentOf } from '../../store/index.ts'
import type { Item } from './timeline.ts'

export type Entry = DocumentOf<typeof ledgerEntries>
type AccountName = Entry['postings'][number]['account']
type PostingOf = Pick<Entry, 'postings'>

/** Credits for a sentence, exact. */
export function inCredits(amount: number | bigint): string {
  return formatCredits(BigInt(amount))
}

/** Sums as the amounts of an item; one that no number holds is told by its sentence alone. */
export function asAmounts(sums: Readonly<Record<string, bigint>>): Record<string, number> {
  const numbers = Object.entries(sums).map(([name, sum]) => [name, Number(sum)] as const)
  return Object.fromEntries(numbers.filter(([, number]) => Number.isSafeInteger(number)))
}

/** What an entry adds to one account, of one grant where it is named. */
export function postedTo({ postings }: PostingOf, account: AccountName, grant?: string): number {
  return postings
    .filter((posting) => posting.account === account && (grant === undefined || posting.grant === grant))
    .reduce((sum, { amount }) => sum + amount, 0)
}

/** What an entry spends of the holder's credits; what we bear ourselves has no grant. */
export function spentBy({ postings }: PostingOf): number {
  return postings
    .filter(({ account, grant }) => account === 'consumed' && grant !== null)
    .reduce((sum, { amount }) => sum + amount, 0)
}

/** A movement of the ledger as an item. */
export function ledgerItem(entry: Entry): Item {
  const { at, hold, grant, refs } = entry
  const { kind, says, amounts } = tellEntry(entry)
  const { reason: _reason, ...ids } = refs
  const about = [hold?.id, grant?.id, ...Object.values(ids)].filter((id) => id !== undefined)
  return { at, kind, id: entry.id, says, refs: [...new Set(about)], amounts }
}

type Said = Required<Pick<Item, 'kind' | 'says' | 'amounts'>>

function tellEntry(entry: Entry): Said {
  const { kind, hold } = entry
  const available = postedTo(entry, 'available')
  const spent = spentBy(entry)
  switch (kind) {
    case 'grant':
      return tellGrant(entry)
    case 'reserve':
    case 'extend':
      return tellHolding(entry)
    case 'spend':
      return {
        kind: 'entry',
        says: `spent ${inCredits(spent)} credits${hold ? ' of the hold' : named(entry)}`,
        amounts: { spent },
      }
    case 'settle':
      return tellSettling(entry)
    case 'release':
      return { kind: 'hold', says: `gave back ${back(entry)}`, amounts: { returned: available } }
    case 'expire':
      return tellExpiry(entry)
    case 'reverse':
      return tellReversal(entry)
    case 'restore':
      return tellRestoration(entry)
    case 'correct':
      return tellCorrection(entry)
  }
}

/** Named as the holder was told it. */
function named({ description }: Entry): string {
  return description === '' ? '' : ` (${description})`
}

function tellGrant(entry: Entry): Said {
  const granted = 0 - postedTo(entry, 'issued')
  const repaid = paidDebt(entry)
  const says = `gave ${inCredits(granted)} credits${named(entry)}${toDebt(repaid)}`
  return { kind: 'grant', says, amounts: { granted, ...(repaid > 0 ? { repaid } : {}) } }
}

function tellHolding(entry: Entry): Said {
  const held = postedTo(entry, 'held')
  const { max = 0, expiresAt = '' } = entry.hold ?? {}
  const more = entry.kind === 'extend' ? ` more, ${inCredits(max)} in all,` : ' credits'
  const says = held === 0 ? `held on until ${expiresAt}` : `held ${inCredits(held)}${more} until ${expiresAt}`
  return { kind: 'hold', says, amounts: { held } }
}

function tellSettling(entry: Entry): Said {
  const spent = spentBy(entry)
  const absorbed = 0 - postedTo(entry, 'absorbed')
  const total = entry.hold?.spent ?? 0
  const borne = absorbed === 0 ? '' : `, and bore ${inCredits(absorbed)} ourselves`
  return {
    kind: 'entry',
    says: `settled at ${inCredits(total)} credits: spent ${inCredits(spent)} now, gave back ${back(entry)}${borne}`,
    amounts: { spent, absorbed, returned: postedTo(entry, 'available') },
  }
}

function tellExpiry(entry: Entry): Said {
  const expired = postedTo(entry, 'expired')
  if (!entry.hold)
    return { kind: 'entry', says: `${inCredits(expired)} credits reached their end`, amounts: { expired } }
  return {
    kind: 'hold',
    says: `the hold reached its end: gave back ${back(entry)}`,
    amounts: { returned: postedTo(entry, 'available'), expired },
  }
}

function tellReversal(entry: Entry): Said {
  const reversed = postedTo(entry, 'reversed')
  const owed = 0 - postedTo(entry, 'debt', entry.grant?.id)
  const repaid = paidDebt(entry)
  const asked = entry.grant?.reversed ?? 0
  const debt = owed === 0 ? '' : `, of which ${inCredits(owed)} were spent and are owed now`
  return {
    kind: 'refund',
    says: `took back ${inCredits(reversed)} credits${why(entry)}, ${inCredits(asked)} asked back in all${debt}${toDebt(repaid)}`,
    amounts: { reversed, owed, asked, ...(repaid > 0 ? { repaid } : {}) },
  }
}

function tellRestoration(entry: Entry): Said {
  const restored = 0 - postedTo(entry, 'reversed')
  const repaid = paidDebt(entry)
  const asked = entry.grant?.reversed ?? 0
  return {
    kind: 'refund',
    says: `gave back ${inCredits(restored)} credits taken${why(entry)}, ${inCredits(asked)} asked back in all now${toDebt(repaid)}`,
    amounts: { restored, asked, ...(repaid > 0 ? { repaid } : {}) },
  }
}

function tellCorrection(entry: Entry): Said {
  const corrected = 0 - postedTo(entry, 'corrected')
  const repaid = paidDebt(entry)
  const what =
    corrected > 0 ? `gave ${inCredits(corrected)} credits by hand` : `took ${inCredits(-corrected)} credits by hand`
  return {
    kind: 'entry',
    says: `${what}${named(entry)}${toDebt(repaid)}`,
    amounts: { corrected, ...(repaid > 0 ? { repaid } : {}) },
  }
}

function why({ refs: { reason } }: Entry): string {
  return reason === undefined ? '' : ` for a ${reason}`
}

/** What an entry pays of debt, older or its own. */
function paidDebt({ postings }: PostingOf): number {
  return postings
    .filter(({ account, amount }) => account === 'debt' && amount > 0)
    .reduce((sum, { amount }) => sum + amount, 0)
}

function toDebt(repaid: number): string {
  return repaid === 0 ? '' : `, and paid ${inCredits(repaid)} of debt with what was free`
}

/** What comes back from a hold, and what of it goes on to somewhere else. */
function back(entry: Entry): string {
  const repaid = paidDebt(entry)
  const owed = repaid - postedTo(entry, 'debt')
  const reversed = postedTo(entry, 'reversed') - owed
  const parts = [
    inCredits(postedTo(entry, 'available')),
    repaid > 0 && `${inCredits(repaid)} to debt`,
    reversed > 0 && `${inCredits(reversed)} to a refund`,
    postedTo(entry, 'expired') > 0 && `${inCredits(postedTo(entry, 'expired'))} past their end`,
  ]
  return parts.filter(Boolean).join(', ')
}
