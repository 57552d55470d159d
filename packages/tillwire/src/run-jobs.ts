import { setTimeout as sleep } from 'node:timers/promises'
import { type Backoff, backoffDelay, isTillwireError, type Logger, milliseconds, newId } from './core/index.ts'
import type { App, Job } from './feature.ts'
import { holdLease, JOB_LEASE, releaseLease } from './job-lease.ts'

const LEASE_MS = milliseconds(JOB_LEASE)
/** The lease is renewed three times before it ends. */
const RENEW_MS = LEASE_MS / 3
const FAILURE_FIRST_MS = 1_000
const FAILURE_MOST_MS = 300_000

/** Background work of one process. */
export interface Running {
  /** Ends it; resolves when what was under way has ended. */
  close(): Promise<void>
}

/**
 * Runs the jobs while this process holds their lease, which one process at a time does. When it
 * dies another one takes over within six seconds; when it is closed, at once.
 */
export function runJobs(app: App, jobs: readonly Job[]): Running {
  const owner = newId('process')
  const closing = new AbortController()
  const lead = (signal: AbortSignal) => Promise.all(jobs.map((job) => repeat(app, job, signal)))
  const running = jobs.length > 0 ? keepLease(app, owner, closing.signal, lead) : Promise.resolve()
  return {
    async close() {
      closing.abort()
      await running
    },
  }
}

/** Asks for the lease again and again; `lead` runs, and is aborted, with it. */
async function keepLease(
  app: App,
  owner: string,
  closing: AbortSignal,
  lead: (signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  let leading: { stop: AbortController; ended: Promise<unknown>; until: number } | null = null
  const stepDown = async () => {
    leading?.stop.abort()
    await leading?.ended
    leading = null
  }
  while (!closing.aborted) {
    const asked = performance.now()
    const held = await holdLease(app.store, owner, app.clock).catch((err: unknown) => {
      app.logger.warn({ err }, 'The lease of the jobs could not be renewed')
      return null
    })
    if (held) {
      if (!leading) {
        const stop = new AbortController()
        leading = { stop, ended: lead(stop.signal), until: 0 }
      }
      leading.until = asked + LEASE_MS
    } else if (held === false || (leading && performance.now() + RENEW_MS > leading.until)) {
      await stepDown()
    }
    await pause(jittered(RENEW_MS), closing)
  }
  await stepDown()
  await releaseLease(app.store, owner, app.clock).catch((err: unknown) => {
    app.logger.debug({ err }, 'The lease of the jobs ends by itself')
  })
}

async function repeat(app: App, job: Job, signal: AbortSignal): Promise<void> {
  const every = milliseconds(job.every)
  const logger: Logger = app.logger.child({ job: job.name })
  const failure: Backoff = { first: Math.max(every, FAILURE_FIRST_MS), most: Math.max(every, FAILURE_MOST_MS) }
  let failures = 0
  while (!signal.aborted) {
    try {
      await job.run(app, signal)
      failures = 0
    } catch (err) {
      failures += 1
      if (signal.aborted) return
      if (isTillwireError(err) && err.retryable) logger.warn({ reason: err.message, failures }, 'A job waits')
      else logger.error({ err, failures }, 'A job failed')
    }
    await pause(failures > 0 ? backoffDelay(failure, failures) : jittered(every), signal)
  }
}

/** Up to a tenth more or less, so that nothing runs in step. */
function jittered(ms: number): number {
  return ms * (0.9 + Math.random() * 0.2)
}

/** Waits, or less when the signal is aborted. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {})
}
