import { formatCredits, type Microcredits } from 'tillwire/core'

const SMALLEST_SHOWN = 10_000

/**
 * Credits as the pages show them: at most two decimals, rounded towards zero, as in 1,234.56. What is
 * there but too small to show is "<0.01", never "0".
 */
export function shownCredits(microcredits: number | bigint): string {
  const size = Math.abs(Number(microcredits))
  if (size > 0 && size < SMALLEST_SHOWN) return microcredits < 0 ? '>-0.01' : '<0.01'
  return formatCredits(microcredits as Microcredits | bigint, { decimals: 2 })
}

/** A balance on screen: as `shownCredits`, and a rest below a hundredth is 0. */
export function shownBalance(microcredits: number): string {
  return formatCredits(microcredits as Microcredits, { decimals: 2 })
}

/** A time of day today, a day and month this year, else the whole date. */
export function shownTime(iso: string, now = new Date()): string {
  const time = new Date(iso)
  const clock = time.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })
  if (time.toDateString() === now.toDateString()) return clock
  const sameYear = time.getFullYear() === now.getFullYear()
  return `${time.toLocaleDateString(undefined, { day: 'numeric', month: 'short', ...(sameYear ? {} : { year: 'numeric' }) })}, ${clock}`
}

/** How long something took: 840 ms, 3.2 s, 2 min 5 s. */
export function shownLength(startIso: string, endIso: string): string {
  const ms = Math.max(0, new Date(endIso).getTime() - new Date(startIso).getTime())
  if (ms < 1_000) return `${ms} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`
}

/** The browser and system of a user agent, in two words; the whole text when it says neither. */
export function shownDevice(userAgent: string | null): string {
  if (!userAgent) return 'Unknown device'
  const browser = [/Edg\//, /Firefox\//, /Chrome\//, /Safari\//].findIndex((name) => name.test(userAgent))
  const system = [/iPhone|iPad/, /Android/, /Windows/, /Mac OS X/, /Linux/].findIndex((name) => name.test(userAgent))
  const names = [
    ['Edge', 'Firefox', 'Chrome', 'Safari'][browser],
    ['iOS', 'Android', 'Windows', 'macOS', 'Linux'][system],
  ].filter(Boolean)
  return names.length > 0 ? names.join(' on ') : userAgent.slice(0, 60)
}
