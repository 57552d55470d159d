import { describe, expect, it } from 'vitest'
import { InternalError } from '../core/index.ts'
import { RecordedError, RunParked } from './errors.ts'
import {
  beginStep,
  canReplay,
  changeStep,
  decideFailure,
  describeRun,
  differenceFrom,
  errorOf,
  freshKey,
  hashOf,
  isFree,
  nextWait,
  type RunDocument,
  type StepRecord,
  triesOf,
  unpark,
} from './run.ts'
import { Away, Refused } from './testing/outside.ts'
import type { Step } from './types.ts'

const AT = '2026-01-01T00:00:00.000Z'
const after = (ms: number) => new Date(Date.parse(AT) + ms)
const HOUR_MS = 3_600_000

const step: StepRecord = {
  name: 'charge',
  state: 'begun',
  key: 'run_1:charge:1',
  keySpent: false,
  firstTriedAt: AT,
  requestHash: hashOf({ amount: 5 }),
  returned: false,
  irreversible: false,
  bytes: 12,
}
const local: StepRecord = { ...step, name: 'link', key: 'run_1:link:1', requestHash: null, bytes: 0 }
const run: RunDocument = {
  id: 'run_1',
  version: 1,
  createdAt: AT,
  updatedAt: AT,
  workflow: 'test.steps',
  workflowVersion: 1,
  key: 'k',
  requestId: 'req_1',
  input: [],
  inputHash: 'hash',
  status: 'running',
  steps: [step, local],
  output: null,
  forgotten: 0,
  error: null,
  parked: null,
  owner: 'owner_1',
  fence: 1,
  waits: 0,
  dueAt: AT,
  endedAt: null,
}
const failure = { code: 'refused', message: 'It is refused.', details: { what: 'it' }, retryable: false }

describe('a step that is begun', () => {
  it('is on record with its request and key, its outcome not known', () => {
    const begin = (name: string, asked: Partial<Step<unknown>>) =>
      beginStep({ id: 'run_1', steps: [] }, name, { do() {}, ...asked }, new Date(AT))
    expect(begin('charge', { request: { amount: 5 } })).toEqual({
      record: step,
      request: { text: '{"amount":5}', bytes: 12 },
    })
    expect(begin('link', {})).toEqual({ record: local, request: null })
    expect(begin('send', { irreversible: true }).record.irreversible).toBe(true)
  })

  it('is tried three times, and once after its run has waited', () => {
    expect(triesOf(run)).toBe(3)
    expect(triesOf({ ...run, waits: 1 })).toBe(1)
  })

  it('changes alone', () => {
    expect(changeStep(run, 1, { state: 'done', returned: true })).toEqual({
      steps: [step, { ...local, state: 'done', returned: true }],
    })
  })
})

describe('a key', () => {
  it('may be sent again for 23 hours', () => {
    expect(canReplay(step, after(23 * HOUR_MS - 1))).toBe(true)
    expect(canReplay(step, after(23 * HOUR_MS))).toBe(false)
  })

  it('may not be sent again when it brings back a stored server error', () => {
    expect(canReplay({ ...step, keySpent: true }, after(0))).toBe(false)
  })

  it('of a step that touches the store only has no end', () => {
    expect(canReplay({ ...local, keySpent: true }, after(24 * HOUR_MS))).toBe(true)
  })
})

describe('a fresh key', () => {
  it('is the next of its step, and as good as new', () => {
    const spent = { ...step, key: 'run_1:charge:card:19', keySpent: true }
    expect(freshKey(spent, after(HOUR_MS))).toEqual({
      key: 'run_1:charge:card:20',
      keySpent: false,
      firstTriedAt: '2026-01-01T01:00:00.000Z',
    })
  })

  it('is not made of what is no key of a step', () => {
    expect(() => freshKey({ ...step, key: 'charge' }, after(0))).toThrow(InternalError)
    expect(() => freshKey({ ...step, key: 'run_1:charge:1b' }, after(0))).toThrow(InternalError)
  })
})

describe('the code of a recorded step', () => {
  it('is the same when name and request are, in whatever order its fields are', () => {
    const record = { ...step, requestHash: hashOf({ amount: 5, to: 'ada' }) }
    expect(differenceFrom(record, 'charge', { to: 'ada', amount: 5 })).toBeNull()
    expect(differenceFrom(local, 'link', undefined)).toBeNull()
  })

  it('differs by its name, or by its request while the outcome is not known', () => {
    expect(differenceFrom(step, 'link', { amount: 5 })).toContain('"charge"')
    expect(differenceFrom(step, 'charge', { amount: 6 })).toContain('"charge"')
    expect(differenceFrom(step, 'charge', undefined)).not.toBeNull()
    expect(differenceFrom({ ...step, state: 'done' }, 'charge', { amount: 6 })).toBeNull()
  })
})

describe('a run', () => {
  it('that failed is undone, and keeps why', () => {
    expect(decideFailure({ ...run, waits: 2 }, { index: 1, absent: true, error: new Refused('It') })).toEqual({
      next: 'undo',
      change: {
        status: 'undoing',
        steps: [step, { ...local, state: 'absent' }],
        error: { ...failure, details: { what: 'It' } },
        waits: 0,
      },
    })
    expect(decideFailure(run, { index: 1, absent: false, error: new Away() })).toMatchObject({
      next: 'undo',
      change: { steps: [step, local] },
    })
  })

  it.each([
    ['begun', 'park'],
    ['done', 'park'],
    ['absent', 'undo'],
    ['undone', 'undo'],
  ] as const)('that is refused after an irreversible step that is %s: %s', (state, next) => {
    const steps = [{ ...step, irreversible: true, state }, step, local]
    const decision = decideFailure({ ...run, steps }, { index: 2, absent: true, error: new Refused('It') })
    expect(decision.next).toBe(next)
    if (decision.next === 'park')
      expect(decision.error).toMatchObject({
        code: 'cannot_undo',
        details: { step: 'link' },
        cause: { code: 'refused' },
      })
  })

  it('goes forward while nobody knows what became of its irreversible step, and back when it was refused', () => {
    const final = { ...run, steps: [local, { ...step, irreversible: true }] }
    expect(decideFailure(final, { index: 1, absent: false, error: new Away() })).toEqual({
      next: 'wait',
      change: { steps: final.steps },
    })
    expect(decideFailure(final, { index: 1, absent: true, error: new Refused('It') }).next).toBe('undo')
  })

  it('is free when nobody has it, or who had it gave no sign of life', () => {
    expect(isFree({ ...run, owner: null, dueAt: null }, after(0))).toBe(true)
    expect(isFree({ ...run, dueAt: null }, after(HOUR_MS))).toBe(false)
    expect(isFree(run, after(-1))).toBe(false)
    expect(isFree(run, after(0))).toBe(true)
  })

  it('waits twelve times, each up to twice as long as the last, at most half an hour, and has no owner meanwhile', () => {
    const waits = Array.from({ length: 12 }, (_, waits) => nextWait({ ...run, waits }, after(0)))
    for (const [count, wait] of waits.entries()) {
      const most = Math.min(2_000 * 2 ** count, HOUR_MS / 2)
      expect(wait).toMatchObject({ owner: null, waits: count + 1 })
      const lasts = Date.parse(wait?.dueAt ?? '') - Date.parse(AT)
      expect(lasts).toBeGreaterThanOrEqual(most / 2)
      expect(lasts).toBeLessThanOrEqual(most)
    }
    expect(nextWait({ ...run, waits: 12 }, after(0))).toBeNull()
  })

  it('that was parked goes on at once, forward or back as before', () => {
    const again = { parked: null, waits: 0, dueAt: AT }
    expect(unpark({ ...run, parked: failure }, after(0))).toEqual({ ...again, status: 'running' })
    expect(unpark({ ...run, parked: failure, error: failure }, after(0))).toEqual({ ...again, status: 'undoing' })
  })

  it('tells its callers no error while it runs and when it is complete', () => {
    expect(errorOf(run)).toBeNull()
    expect(errorOf({ ...run, status: 'completed' })).toBeNull()
  })

  it('tells its callers what it failed of', () => {
    const error = errorOf({ ...run, status: 'failed', error: failure })
    expect(error).toBeInstanceOf(RecordedError)
    expect(error).toMatchObject(failure)
  })

  it('tells its callers that it is parked, and why, also when it had failed before', () => {
    const error = errorOf({ ...run, status: 'parked', error: failure, parked: { ...failure, code: 'away' } })
    expect(error).toBeInstanceOf(RunParked)
    expect(error?.details).toEqual({ runId: 'run_1', reason: 'away' })
  })

  it('is shown from outside without what it asked for and got', () => {
    const shown = {
      id: 'run_1',
      workflow: 'test.steps',
      key: 'k',
      requestId: 'req_1',
      status: 'running',
      error: null,
      steps: [
        { name: 'charge', state: 'begun' },
        { name: 'link', state: 'begun' },
      ],
      startedAt: AT,
      endedAt: null,
    }
    expect(describeRun(run)).toEqual(shown)
    const parked = { ...failure, code: 'away', message: 'The outside is away.' }
    expect(describeRun({ ...run, status: 'parked', error: failure, parked })).toMatchObject({
      error: { code: 'away', message: 'The outside is away.' },
    })
    expect(describeRun({ ...run, status: 'failed', error: failure, endedAt: AT })).toMatchObject({
      error: { code: 'refused', message: 'It is refused.' },
      endedAt: AT,
    })
  })
})
