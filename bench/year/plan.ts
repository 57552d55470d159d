import { credits, type Microcredits } from 'tillwire'

const DAY_MS = 86_400_000
/** The day on which a year ends: a fixed one, so that it is the same year each time. */
export const END = Date.parse('2026-10-01T12:00:00.000Z')
const START = END - 365 * DAY_MS
/** Nothing happens in the last hours, for which the feed is kept. */
const QUIET_MS = 2 * 3_600_000

/** How much there is of a year's data. */
export interface Size {
  readonly answers: number
  readonly events: number
  readonly users: number
}
/** A busy year of a small product. */
export const YEAR: Size = { answers: 200_000, events: 50_000, users: 3_000 }

export function part(of: Size, share: number): Size {
  const count = (whole: number) => Math.max(1, Math.round(whole * share))
  return { answers: count(of.answers), events: count(of.events), users: count(of.users) }
}

/**
 * The first user is whose pages are measured: they asked as much in the last weeks whatever the size is, and a tenth
 * of everything before. The next few ask much too, the others about the same.
 */
export const MEASURED = 0
const MEASURED_SHARE = 0.1
const HEAVY_USERS = 6
const HEAVY_SHARE = 0.3
const RECENT_ANSWERS = 200
const RECENT_MS = 16 * DAY_MS

export interface Asked {
  readonly at: number
  readonly user: number
  readonly cost: Microcredits
  /** Of the text, in characters. */
  readonly length: number
  readonly model: string
  /** Whether part of it was paid while it streamed. */
  readonly sliced: boolean
}

const LEAST_COST = 0.05
const MOST_COST = 0.8
const LEAST_TEXT = 200
const MOST_TEXT = 1_400

/** Every answer of the year in the order of time; the same ones each time. */
export function planAnswers({ answers, users }: Size): Asked[] {
  const random = randomNumbers(answers)
  const recent = Math.min(RECENT_ANSWERS, answers >> 1)
  const end = END - QUIET_MS
  const userAt = (at: number) => {
    const share = random()
    if (share < MEASURED_SHARE && at < END - RECENT_MS) return MEASURED
    if (share < HEAVY_SHARE) return Math.min(users - 1, 1 + Math.floor(random() * (HEAVY_USERS - 1)))
    return Math.min(users - 1, 1 + Math.floor(random() * (users - 1)))
  }
  const ask = (at: number, user: number): Asked => ({
    at,
    user,
    cost: credits(Math.round((LEAST_COST + random() * (MOST_COST - LEAST_COST)) * 1_000) / 1_000),
    length: LEAST_TEXT + Math.floor(random() * (MOST_TEXT - LEAST_TEXT)),
    model: random() < 0.8 ? 'gpt-5-mini' : 'gpt-5',
    sliced: random() < 0.5,
  })
  const ofAll = Array.from({ length: answers - recent }, () => START + Math.floor(random() * (end - START)))
  const ofMeasured = Array.from({ length: recent }, (_, i) => end - Math.floor((i * (RECENT_MS - QUIET_MS)) / recent))
  return [...ofAll.map((at) => ask(at, userAt(at))), ...ofMeasured.map((at) => ask(at, MEASURED))].sort(
    (a, b) => a.at - b.at,
  )
}

/** An id as ours are, of a time and a number: the same one each time. */
export function idAt(prefix: string, at: number, number: number): string {
  const time = at.toString(16).padStart(12, '0')
  const rest = number.toString(16).padStart(12, '0')
  return `${prefix}_${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${rest}`
}

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
