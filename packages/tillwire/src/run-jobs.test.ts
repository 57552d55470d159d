import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defineConfig } from './config.ts'
import { manualClock, silentLogger } from './core/index.ts'
import type { App, Job } from './feature.ts'
import { holdLease, mayHold, releaseLease } from './job-lease.ts'
import { runJobs } from './run-jobs.ts'
import { openSockets } from './sockets/index.ts'
import { createTillwire } from './tillwire.ts'

const WAIT_MS = 5_000
async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + WAIT_MS
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`still not: ${condition}`)
    await new Promise((wake) => setTimeout(wake, 5))
  }
}

let app: App
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tillwire-jobs-'))
  const env = { TILLWIRE_ROOT: folder, DATABASE_URL: 'memory:' }
  const tillwire = await createTillwire(defineConfig(), { env, logger: silentLogger })
  const sockets = openSockets({
    httpServer: createServer(),
    reader: tillwire.sessions.reader,
    lease: tillwire.sessions.lease,
    charges: { reserve: () => Promise.reject(new Error('not here')) },
    balance: async () => ({ available: 0, held: 0, debt: 0, version: 0 }),
    allowedOrigins: [],
  })
  app = { ...tillwire, sockets, metrics: new Registry() }
})
afterAll(async () => {
  await app.sockets.close()
  await app.close()
  await rm(folder, { recursive: true, force: true })
})

/** A job that notes when it begins and ends. */
function noting(name: string, run: () => Promise<void> = async () => {}) {
  const runs: string[] = []
  const job: Job = {
    name,
    every: '100ms',
    async run() {
      runs.push('begin')
      await run()
      runs.push('end')
    },
  }
  return { job, runs }
}

describe('jobs', () => {
  it('run again and again, never over themselves', async () => {
    const slow = noting('slow', () => new Promise((done) => setTimeout(done, 150)))
    const running = runJobs(app, [slow.job])
    await until(() => slow.runs.length >= 6)
    await running.close()
    expect(slow.runs.length % 2).toBe(0)
    expect(slow.runs.every((what, index) => what === (index % 2 === 0 ? 'begin' : 'end'))).toBe(true)
  })

  it('run in one process at a time; the next takes over when it closes', async () => {
    const [one, two] = [noting('one'), noting('two')]
    const first = runJobs(app, [one.job])
    await until(() => one.runs.length > 0)
    const second = runJobs(app, [two.job])
    const seen = one.runs.length
    await until(() => one.runs.length > seen + 4)
    expect(two.runs).toEqual([])
    await first.close()
    await until(() => two.runs.length > 0)
    const last = one.runs.length
    await second.close()
    expect(one.runs).toHaveLength(last)
  })

  it('go on after a failure, and do not hold up the others', async () => {
    let failures = 0
    const failing: Job = {
      name: 'failing',
      every: '100ms',
      async run() {
        failures += 1
        throw new Error('not today')
      },
    }
    const well = noting('well')
    const running = runJobs(app, [failing, well.job])
    await until(() => failures >= 2 && well.runs.length >= 8)
    await running.close()
    // It waits longer each time.
    expect(failures).toBeLessThan(well.runs.length / 2)
  })

  it('are told when to end', async () => {
    const told = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const patient: Job = {
      name: 'patient',
      every: '1s',
      run: (_, signal) => {
        signal.addEventListener('abort', () => told.resolve())
        begun.resolve()
        return told.promise
      },
    }
    const running = runJobs(app, [patient])
    await begun.promise
    await running.close()
    await told.promise
  })
})

describe('the lease of the jobs', () => {
  it('belongs to one owner until it ends', async () => {
    const clock = manualClock('2027-01-01T00:00:00.000Z')
    expect(await holdLease(app.store, 'a', clock)).toBe(true)
    expect(await holdLease(app.store, 'b', clock)).toBe(false)
    clock.advance('5s')
    expect(await holdLease(app.store, 'a', clock)).toBe(true)
    clock.advance('5s')
    expect(await holdLease(app.store, 'b', clock)).toBe(false)
    clock.advance('1s')
    expect(await holdLease(app.store, 'b', clock)).toBe(true)
    expect(await holdLease(app.store, 'a', clock)).toBe(false)
    await releaseLease(app.store, 'a', clock)
    expect(await holdLease(app.store, 'a', clock)).toBe(false)
    await releaseLease(app.store, 'b', clock)
    expect(await holdLease(app.store, 'a', clock)).toBe(true)
    await releaseLease(app.store, 'a', clock)
  })

  it('goes to one of many that ask at the same moment', async () => {
    const clock = manualClock('2028-01-01T00:00:00.000Z')
    const owners = Array.from({ length: 8 }, (_, index) => `owner ${index}`)
    const held = await Promise.all(owners.map((owner) => holdLease(app.store, owner, clock)))
    expect(held.filter(Boolean)).toHaveLength(1)
  })

  it('is free when nobody holds it, it is over, or it is held already', () => {
    const now = new Date('2026-01-01T00:00:00.000Z')
    expect(mayHold(null, 'a', now)).toBe(true)
    expect(mayHold({ owner: 'b', until: '2026-01-01T00:00:00.000Z' }, 'a', now)).toBe(true)
    expect(mayHold({ owner: 'b', until: '2026-01-01T00:00:00.001Z' }, 'a', now)).toBe(false)
    expect(mayHold({ owner: 'a', until: '2026-01-01T00:00:00.001Z' }, 'a', now)).toBe(true)
  })
})
