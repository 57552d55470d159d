import type { Clock } from '../core/index.ts'
import { type Store, UniqueViolation, VersionConflict } from '../store/index.ts'
import { ledgerAccounts } from './schema.ts'
import type { Credits, Holder } from './types.ts'
import { Workspace } from './workspace.ts'

/** How many accounts are read and brought to their date at once. */
const PAGE = 100

/** Ends holds and grants whose time has come, each account in a commit of its own. */
export async function expireDue(store: Store, clock: Clock): ReturnType<Credits['expireDue']> {
  const now = clock.now()
  const ended = { holds: 0, grants: 0 }
  let after: string | null | undefined
  while (after !== null) {
    const page = await store.collection(ledgerAccounts).find({
      where: { dueAt: { lte: now.toISOString() } },
      orderBy: { dueAt: 'asc' },
      limit: PAGE,
      ...(after ? { after } : {}),
    })
    await Promise.all(
      page.items.map(async ({ id }) => {
        const { holds, grants } = await expireAccount(store, id as Holder, now)
        ended.holds += holds
        ended.grants += grants
      }),
    )
    after = page.next
  }
  return ended
}

/** A change that comes first has brought the account to its date as well. */
async function expireAccount(store: Store, holder: Holder, now: Date): ReturnType<Credits['expireDue']> {
  const workspace = await Workspace.read(store, [{ holder }], now)
  try {
    await store.commit({ writes: workspace.writes().map(({ write }) => write) })
  } catch (error) {
    if (VersionConflict.is(error) || UniqueViolation.is(error)) return { holds: 0, grants: 0 }
    throw error
  }
  const holds = workspace.entries.filter(({ hold }) => hold !== null).length
  return { holds, grants: workspace.entries.length - holds }
}
