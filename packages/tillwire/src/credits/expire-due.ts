import { type Backoff, backoffDelay, type Clock, type Logger } from '../core/index.ts'
import {
  type DocumentOf,
  NotFound,
  pagesOf,
  remove,
  replace,
  type Store,
  StoreUnavailable,
  type SystemFields,
  UniqueViolation,
  VersionConflict,
} from '../store/index.ts'
import { ledgerAlarms } from './schema.ts'
import type { Credits, Holder } from './types.ts'
import { Workspace } from './workspace.ts'

/** How many alarms are read and answered at once. */
const PAGE = 100
/** When an account is tried again that could not be brought to its date, in milliseconds. */
const SET_ASIDE: Backoff = { first: 60_000, most: 86_400_000 }
/** How much of an error is kept with it. */
const MAX_REASON_LENGTH = 500

const NOTHING = { holds: 0, grants: 0 }

type Alarm = DocumentOf<typeof ledgerAlarms>

/**
 * Ends holds and grants whose time has come: looks at each account whose alarm rings, in a commit of its own. One
 * that cannot be brought to its date is set aside, for longer each time, and stops no other.
 */
export async function expireDue(store: Store, clock: Clock, logger: Logger): ReturnType<Credits['expireDue']> {
  const now = clock.now()
  const ended = { holds: 0, grants: 0 }
  const due = { where: { at: { lte: now.toISOString() } }, orderBy: { at: 'asc' }, limit: PAGE } as const
  for await (const page of pagesOf(store, ledgerAlarms, due)) {
    const byHolder = Map.groupBy(page, ({ holder }) => holder)
    await Promise.all(
      [...byHolder].map(async ([holder, alarms]) => {
        const { holds, grants } = await answerOrSetAside(store, logger, holder as Holder, alarms, now)
        ended.holds += holds
        ended.grants += grants
      }),
    )
  }
  return ended
}

async function answerOrSetAside(
  store: Store,
  logger: Logger,
  holder: Holder,
  alarms: readonly Alarm[],
  now: Date,
): ReturnType<Credits['expireDue']> {
  try {
    return await answerAlarms(store, holder, alarms, now)
  } catch (err) {
    if (isOutrun(err)) return NOTHING
    if (StoreUnavailable.is(err)) throw err
    const failures = 1 + Math.max(...alarms.map((alarm) => alarm.failures ?? 0))
    logger.error({ err, holder, failures }, 'An account cannot be brought to its date, and is set aside')
    const reason = (err instanceof Error ? err.message : String(err)).slice(0, MAX_REASON_LENGTH).toWellFormed()
    const at = new Date(now.getTime() + backoffDelay(SET_ASIDE, failures)).toISOString()
    await setAside(store, alarms, { holder, at, failures, reason })
    return NOTHING
  }
}

/** One alarm is left, which rings later. */
async function setAside(
  store: Store,
  [kept, ...others]: readonly Alarm[],
  later: Omit<Alarm, keyof SystemFields>,
): Promise<void> {
  if (!kept) return
  const writes = [
    replace(ledgerAlarms, kept.id, later, { ifVersion: kept.version }),
    ...others.map(({ id, version }) => remove(ledgerAlarms, id, { ifVersion: version })),
  ]
  await store.commit({ writes }).catch((error: unknown) => {
    if (!isOutrun(error)) throw error
  })
}

/** Brings the account to its date, and takes the alarms away. */
async function answerAlarms(
  store: Store,
  holder: Holder,
  alarms: readonly Alarm[],
  now: Date,
): ReturnType<Credits['expireDue']> {
  const workspace = await Workspace.read(store, [{ holder }], now)
  workspace.rearm(holder)
  const own = workspace.writes().map(({ write }) => write)
  const answered = alarms.map(({ id, version }) => remove(ledgerAlarms, id, { ifVersion: version }))
  await store.commit({ writes: [...own, ...answered] })
  const holds = workspace.entries.filter(({ hold }) => hold !== null).length
  return { holds, grants: workspace.entries.length - holds }
}

/** What came first has left some for the next time. */
function isOutrun(error: unknown): boolean {
  return VersionConflict.is(error) || UniqueViolation.is(error) || NotFound.is(error)
}
