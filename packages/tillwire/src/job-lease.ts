import { z } from 'zod'
import { type Clock, type Duration, isoAfter } from './core/index.ts'
import { collection, type DocumentOf, type Store, UniqueViolation, VersionConflict } from './store/index.ts'

/** Which process runs the jobs. One document. */
export const jobLeases = collection({
  name: 'job_leases',
  schema: z.object({ owner: z.string(), until: z.iso.datetime() }),
})

/** A process that died is replaced after this. */
export const JOB_LEASE: Duration = '6s'
const ID = 'jobs'

type LeaseDocument = DocumentOf<typeof jobLeases>

/** Whether `owner` may take, or keep, the lease. */
export function mayHold(lease: Pick<LeaseDocument, 'owner' | 'until'> | null, owner: string, now: Date): boolean {
  return lease === null || lease.owner === owner || lease.until <= now.toISOString()
}

/** Takes or renews the lease; false when another process holds it. */
export async function holdLease(store: Store, owner: string, clock: Clock): Promise<boolean> {
  const leases = store.collection(jobLeases)
  const now = clock.now()
  const lease = await leases.get(ID)
  if (!mayHold(lease, owner, now)) return false
  const held = { owner, until: isoAfter(now, JOB_LEASE) }
  try {
    if (lease) await leases.replace(ID, held, { ifVersion: lease.version })
    else await leases.insert({ id: ID, ...held })
    return true
  } catch (error) {
    // Another process was faster.
    if (VersionConflict.is(error) || UniqueViolation.is(error)) return false
    throw error
  }
}

/** Lets the next process take over at once. */
export async function releaseLease(store: Store, owner: string, clock: Clock): Promise<void> {
  const leases = store.collection(jobLeases)
  const lease = await leases.get(ID)
  if (lease?.owner !== owner) return
  await leases.replace(ID, { owner, until: clock.now().toISOString() }, { ifVersion: lease.version })
}
