import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Connections } from '../protocol/index.ts'
import { pushCounts } from './push-counts.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Counts that the test sets, and what was pushed of them. */
function watched() {
  const state = { public: 0, authenticated: 0 }
  const pushed: Connections[] = []
  const counts = pushCounts({ count: () => ({ ...state }), push: (connections) => pushed.push(connections) })
  return { state, pushed, counts }
}

describe('counts', () => {
  it('are told once for a burst of changes, as they are after it', () => {
    const { state, pushed, counts } = watched()
    for (state.public = 1; state.public <= 20; state.public++) {
      counts.changed()
      vi.advanceTimersByTime(2)
    }
    expect(pushed).toEqual([])
    vi.advanceTimersByTime(1_000)
    expect(pushed).toEqual([{ public: 21, authenticated: 0 }])
  })

  it('are told at most every 100 ms while changes go on, and more seldom to very many', () => {
    const { state, pushed, counts } = watched()
    const churn = () => {
      pushed.length = 0
      for (let elapsed = 0; elapsed < 10_000; elapsed += 10) {
        counts.changed()
        vi.advanceTimersByTime(10)
      }
      return pushed.length
    }
    expect(churn()).toBeLessThanOrEqual(100)
    expect(churn()).toBeGreaterThan(80)
    state.public = 20_000
    churn()
    expect(churn()).toBeLessThanOrEqual(10)
  })

  it('are told no more once stopped', () => {
    const { pushed, counts } = watched()
    counts.changed()
    counts.stop()
    counts.changed()
    vi.advanceTimersByTime(1_000)
    expect(pushed).toEqual([])
  })
})
