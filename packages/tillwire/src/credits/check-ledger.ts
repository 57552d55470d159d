import { microcredits } from '../core/index.ts'
import type { AnyCollection, DocumentOf, FindOptionsOf, Store } from '../store/index.ts'
import { type Problem, Recomputed } from './recompute.ts'
import { type EntryRecord, grants, holds, ledgerAccounts, ledgerEntries } from './schema.ts'
import type { AccountName, CreditsCheck } from './types.ts'

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
  for await (const page of pages(store, ledgerAccounts)) {
    for (const { id } of page) problems.push(...(await checkHolder(store, id)))
    checked.holders += page.length
  }
  for await (const page of pages(store, ledgerEntries)) {
    for (const entry of page) totals.add(entry)
    checked.entries += page.length
    const known = await existing(store, ledgerAccounts, new Set(page.map(({ holder }) => holder)))
    for (const { id, holder } of page)
      if (!known.has(holder)) problems.push({ code: 'account_missing', id, message: `${holder} has no account.` })
  }
  for await (const page of pages(store, grants)) {
    checked.grants += page.length
    problems.push(...(await checkOrigin(store, page, 'grant', ({ entry }) => entry)))
  }
  for await (const page of pages(store, holds)) {
    checked.holds += page.length
    problems.push(...(await checkOrigin(store, page, 'hold', ({ entries }) => entries[0] ?? '')))
  }
  return { problems, checked, totals: totals.sums() }
}

/** The problems of one holder. What moved on while it was read is read again. */
async function checkHolder(store: Store, holder: string): Promise<readonly Problem[]> {
  for (let attempt = 1; ; attempt++) {
    const account = await store.collection(ledgerAccounts).get(holder)
    if (!account) return []
    const recomputed = new Recomputed(holder)
    const upToHere = { where: { holder, sequence: { lte: account.sequence } }, orderBy: { sequence: 'asc' } } as const
    for await (const page of pages(store, ledgerEntries, upToHere)) {
      for (const entry of page) recomputed.add(entry)
      await compareHolds(store, recomputed, recomputed.takeEnded())
    }
    recomputed.compareAccount(account)
    await compareHolds(store, recomputed, recomputed.holds)
    const grantIds = [...recomputed.grants.keys()]
    for (const [index, grant] of (await store.collection(grants).getMany(grantIds)).entries())
      recomputed.compareGrant(grantIds[index] ?? '', grant)

    if (recomputed.problems.length === 0) return []
    const now = await store.collection(ledgerAccounts).get(holder)
    if (now?.sequence === account.sequence) return recomputed.problems
    if (attempt === ATTEMPTS)
      return [{ code: 'account_moving', id: holder, message: `${holder} moved all the while: check again.` }]
  }
}

async function compareHolds(store: Store, recomputed: Recomputed, sums: Recomputed['holds']): Promise<void> {
  const ids = [...sums.keys()]
  for (const [index, hold] of (await store.collection(holds).getMany(ids)).entries()) {
    const id = ids[index] ?? ''
    const expected = sums.get(id)
    if (expected) recomputed.compareHold(id, expected, hold)
  }
}

/** Those grants or holds that no entry made. */
async function checkOrigin<D extends { readonly id: string }>(
  store: Store,
  documents: readonly D[],
  what: 'grant' | 'hold',
  originOf: (document: D) => string,
): Promise<Problem[]> {
  const origins = await store.collection(ledgerEntries).getMany(documents.map(originOf))
  return documents
    .filter(({ id }, index) => origins[index]?.[what]?.id !== id)
    .map(({ id }) => ({ code: `${what}_without_entry`, id, message: `No entry made this ${what}.` }))
}

async function existing(store: Store, collection: AnyCollection, ids: Set<string>): Promise<Set<string>> {
  const documents = await store.collection(collection).getMany([...ids])
  return new Set(documents.flatMap((document) => document?.id ?? []))
}

async function* pages<C extends AnyCollection>(
  store: Store,
  collection: C,
  options: FindOptionsOf<C> = {},
): AsyncIterable<DocumentOf<C>[]> {
  let after: string | null | undefined
  while (after !== null) {
    const page = await store.collection(collection).find({ ...options, limit: PAGE, ...(after ? { after } : {}) })
    if (page.items.length > 0) yield page.items
    after = page.next
  }
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
  }

  add({ postings }: EntryRecord): void {
    for (const { account, amount } of postings) this.#sums[account] += BigInt(amount)
  }

  sums(): CreditsCheck['totals'] {
    const { available, held, debt, issued, consumed, expired, reversed, absorbed } = this.#sums
    return {
      available: microcredits(available),
      held: microcredits(held),
      debt: microcredits(debt),
      issued: microcredits(issued),
      consumed: microcredits(consumed),
      expired: microcredits(expired),
      reversed: microcredits(reversed),
      absorbed: microcredits(absorbed),
    }
  }
}
