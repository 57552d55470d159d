import type { Clock } from '../core/index.ts'
import { type DocumentOf, NotFound, remove, type Store, UniqueViolation, VersionConflict } from '../store/index.ts'
import { ledgerAlarms } from './schema.ts'
import type { Credits, Holder } from './types.ts'
import { Workspace } from './workspace.ts'

/** How many alarms are read and answered at once. */
const PAGE = 100

type Alarm = DocumentOf<typeof ledgerAlarms>

/** Ends holds and grants whose time has come: looks at each account whose alarm rings, in a commit of its own. */
export async function expireDue(store: Store, clock: Clock): ReturnType<Credits['expireDue']> {
  const now = clock.now()
  const ended = { holds: 0, grants: 0 }
  let after: string | null | undefined
  while (after !== null) {
    const page = await store.collection(ledgerAlarms).find({
      where: { at: { lte: now.toISOString() } },
      orderBy: { at: 'asc' },
      limit: PAGE,
      ...(after ? { after } : {}),
    })
    const byHolder = Map.groupBy(page.items, ({ holder }) => holder)
    await Promise.all(
      [...byHolder].map(async ([holder, alarms]) => {
        const { holds, grants } = await answerAlarms(store, holder as Holder, alarms, now)
        ended.holds += holds
        ended.grants += grants
      }),
    )
    after = page.next
  }
  return ended
}

/** Brings the account to its date, and takes the alarms away. What came first has left some for the next time. */
async function answerAlarms(
  store: Store,
  holder: Holder,
  alarms: readonly Alarm[],
  now: Date,
): ReturnType<Credits['expireDue']> {
  const workspace = await Workspace.read(store, [{ holder }], now)
  workspace.rearm(holder)
  const own = workspace.writes().map(({ write }) => write)
  try {
    await store.commit({ writes: [...own, ...alarms.map(({ id }) => remove(ledgerAlarms, id, { ifVersion: 1 }))] })
  } catch (error) {
    if (VersionConflict.is(error) || UniqueViolation.is(error) || NotFound.is(error)) return { holds: 0, grants: 0 }
    throw error
  }
  const holds = workspace.entries.filter(({ hold }) => hold !== null).length
  return { holds, grants: workspace.entries.length - holds }
}
