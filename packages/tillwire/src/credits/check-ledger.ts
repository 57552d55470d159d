import { type DocumentOf, type Store, StoreUnavailable, UNREADABLE } from '../store/index.ts'
import { entryId } from './entry-id.ts'
import { EntryMissing } from './errors.ts'
import { type Problem, Recomputed } from './recompute.ts'
import { type Account, type EntryRecord, grants, holds, ledgerAccounts, ledgerAlarms, ledgerEntries } from './schema.ts'
import { SoundReader } from './sound-reader.ts'
import type { AccountName, CreditsCheck } from './types.ts'
import { walkEntries } from './walk-entries.ts'

/** After so many entries, the holds that are whole by then are compared. */
const PAGE = 500
/** How often a holder is checked again because their entries moved on meanwhile. */
const ATTEMPTS = 5

/**
 * Computes every balance, grant and hold from the entries alone and compares. Reads only, in pages, and
 * may run while credits move.
 */
export async function checkLedger(store: Store): Promise<CreditsCheck> {
  const problems: Problem[] = []
  const checked = { holders: 0, entries: 0, grants: 0, holds: 0 }
  const totals = new Totals()
  const chained = new Map<string, number>()
  const reader = new SoundReader(store, problems)
  for await (const page of reader.pages(ledgerAccounts)) {
    for (const { id } of page) {
      const holder = await checkHolder(reader, store, id)
      problems.push(...holder.problems)
      chained.set(id, holder.entries)
    }
    checked.holders += page.length
  }
  const unchained = new Unchained(chained)
  for await (const page of reader.pages(ledgerEntries)) {
    for (const entry of page) totals.add(entry)
    problems.push(...page.filter(isMisnamed).map(misnamed))
    checked.entries += page.length
    problems.push(...unchained.add(page, await accountsOf(reader, page)))
  }
  problems.push(...unchained.finish())
  for await (const page of reader.pages(grants)) {
    checked.grants += page.length
    problems.push(...(await checkOrigin(reader, page, 'grant', ({ entry }) => entry)))
  }
  for await (const page of reader.pages(holds)) {
    checked.holds += page.length
    problems.push(...(await checkOrigin(reader, page, 'hold', ({ newest }) => newest)))
  }
  for await (const page of reader.pages(ledgerAlarms)) problems.push(...page.flatMap(setAside))
  return { problems, checked, totals: totals.sums() }
}

/** The problems of one holder, and how many entries their chain has. What moved on while it was read is read again. */
async function checkHolder(
  reader: SoundReader,
  store: Store,
  holder: string,
): Promise<{ readonly problems: readonly Problem[]; readonly entries: number }> {
  for (let attempt = 1; ; attempt++) {
    const account = await store.collection(ledgerAccounts).get(holder)
    if (!account) return { problems: [], entries: 0 }
    const entries = account.sequence
    const problems = await checkAccount(reader, store, account).catch((error: unknown) => [uncheckable(holder, error)])
    if (problems.length === 0) return { problems, entries }
    const now = await store.collection(ledgerAccounts).get(holder)
    if (now?.sequence === entries) return { problems, entries }
    if (attempt === ATTEMPTS) {
      const moving = { code: 'account_moving', id: holder, message: `${holder} moved all the while: check again.` }
      return { problems: [moving], entries }
    }
  }
}

async function checkAccount(reader: SoundReader, store: Store, account: Account): Promise<readonly Problem[]> {
  const recomputed = new Recomputed(account)
  let added = 0
  try {
    for await (const entry of walkEntries(store, account.newest)) {
      if (!recomputed.add(entry)) return recomputed.problems
      if (++added % PAGE === 0) await compareHolds(reader, recomputed)
    }
  } catch (error) {
    if (!EntryMissing.is(error)) throw error
    // What follows from it is no problem of its own.
    return [{ code: error.code, id: String(error.details.entry), message: `${account.id}: ${error.message}` }]
  }
  recomputed.finish()
  await compareHolds(reader, recomputed)
  const grantIds = [...recomputed.grants.keys()]
  for (const [index, grant] of (await reader.getMany(grants, grantIds)).entries())
    if (grant !== UNREADABLE) recomputed.compareGrant(grantIds[index] ?? '', grant)
  return recomputed.problems
}

async function compareHolds(reader: SoundReader, recomputed: Recomputed): Promise<void> {
  const whole = [...recomputed.takeWhole()]
  const found = await reader.getMany(
    holds,
    whole.map(([id]) => id),
  )
  for (const [index, [id, sums]] of whole.entries()) {
    const hold = found[index] ?? null
    if (hold !== UNREADABLE) recomputed.compareHold(id, sums, hold)
  }
}

type AccountRead = Account | typeof UNREADABLE | null

async function accountsOf(
  reader: SoundReader,
  page: readonly EntryRecord[],
): Promise<ReadonlyMap<string, AccountRead>> {
  const holders = [...new Set(page.map(({ holder }) => holder))]
  const found = await reader.getMany(ledgerAccounts, holders)
  return new Map(holders.map((holder, index) => [holder, found[index] ?? null]))
}

/** Finds entries that belong to no chain: a holder has more of them than were walked over. */
class Unchained {
  /** How many entries each holder's chain had when it was walked. */
  readonly #chained: ReadonlyMap<string, number>
  readonly #seen = new Map<string, number>()

  constructor(chained: ReadonlyMap<string, number>) {
    this.#chained = chained
  }

  /** `accounts` are read after the entries: no entry is newer. */
  add(entries: readonly EntryRecord[], accounts: ReadonlyMap<string, AccountRead>): Problem[] {
    return entries.flatMap(({ id, holder, sequence }) => {
      const account = accounts.get(holder)
      if (account === UNREADABLE) return []
      if (!account) return [{ code: 'account_missing', id, message: `${holder} has no account.` }]
      if (sequence > account.sequence) return [unchained(id, holder)]
      // Made since the chain was walked.
      if (sequence <= (this.#chained.get(holder) ?? 0)) this.#seen.set(holder, (this.#seen.get(holder) ?? 0) + 1)
      return []
    })
  }

  finish(): Problem[] {
    return [...this.#seen]
      .filter(([holder, seen]) => seen > (this.#chained.get(holder) ?? 0))
      .map(([holder]) => unchained(holder, holder))
  }
}

function unchained(id: string, holder: string): Problem {
  return { code: 'entry_unchained', id, message: `${holder} has an entry that is not in their history.` }
}

/** An account that cannot be followed costs no other its check. */
function uncheckable(holder: string, error: unknown): Problem {
  if (StoreUnavailable.is(error)) throw error
  const reason = error instanceof Error ? error.message : String(error)
  return { code: 'account_damaged', id: holder, message: `${holder} cannot be checked: ${reason}` }
}

/** An account that the sweep could not bring to its date. */
function setAside({ holder, at, failures, reason }: DocumentOf<typeof ledgerAlarms>): Problem[] {
  if (failures === undefined) return []
  const message = `${holder} could not be brought to its date (${failures} times), and is tried again at ${at}: ${reason}`
  return [{ code: 'account_set_aside', id: holder, message }]
}

/** Whether an entry does not stand under its key, which could then be used again. */
function isMisnamed({ id, holder, kind, key }: EntryRecord): boolean {
  return id !== entryId(holder, { kind, key })
}

function misnamed({ id, holder, key }: EntryRecord): Problem {
  return { code: 'entry_misnamed', id, message: `${holder}: its id is not that of its key "${key}".` }
}

/** Those grants or holds that no entry made. */
async function checkOrigin<D extends { readonly id: string }>(
  reader: SoundReader,
  documents: readonly D[],
  what: 'grant' | 'hold',
  originOf: (document: D) => string,
): Promise<Problem[]> {
  const origins = await reader.getMany(ledgerEntries, documents.map(originOf))
  return documents
    .filter(({ id }, index) => {
      const origin = origins[index] ?? null
      return origin !== UNREADABLE && origin?.[what]?.id !== id
    })
    .map(({ id }) => ({ code: `${what}_without_entry`, id, message: `No entry made this ${what}.` }))
}

/** Sums of postings over all holders, which may pass what one holder can have. */
class Totals {
  readonly #sums: Record<AccountName, bigint> = {
    available: 0n,
    held: 0n,
    debt: 0n,
    issued: 0n,
    consumed: 0n,
    expired: 0n,
    reversed: 0n,
    absorbed: 0n,
    corrected: 0n,
  }

  add({ postings }: EntryRecord): void {
    for (const { account, amount } of postings) this.#sums[account] += BigInt(amount)
  }

  sums(): CreditsCheck['totals'] {
    return this.#sums
  }
}
