import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startStripeEmulator } from '@tillwire/stripe-emulator'
import Stripe from 'stripe'
import { manualClock } from 'tillwire'
import { createServerApp } from '../apps/server/src/app.ts'
import { type Compared, compare, inTurns, LIMIT, type Taken, timed } from './year/compare.ts'
import { Jobs } from './year/jobs.ts'
import { makeYear } from './year/make-year.ts'
import { open, type Place } from './year/open.ts'
import { coldPages, type Page, pagesOf, userAt } from './year/pages.ts'
import { END, part, type Size, YEAR } from './year/plan.ts'

/** What is compared. */
const SIZES = { little: part(YEAR, 1 / 200), year: YEAR }
const OPEN_ROUNDS = 60
const JOB_ROUNDS = 60
/** By how much time moves on before each run of a job. */
const ROUND = '10s'
/** Of what only reads. */
const READ_ROUNDS = 200
/** Events of Stripe that are listed at each poll. */
const LISTED_EVENTS = 5

/**
 * A year's data beside a two-hundredth of it, in two files, in turns: opening, the server's start until it is ready,
 * pages of a user who asks much, and every job of the server when little is due. Fails when one of them takes more
 * than a third longer on the year's, by more than chance may have done.
 */
export async function bench(): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'tillwire-bench-'))
  const emulator = await startStripeEmulator()
  try {
    const session = await expireSessions(emulator.port)
    const places = {
      little: await make(join(folder, 'little'), SIZES.little, emulator.url),
      year: await make(join(folder, 'year'), SIZES.year, emulator.url),
    }
    const compared: Record<string, Compared> = {
      ...(await openings(places)),
      ...(await firstPages(places)),
      ...(await workOf(places, session)),
    }
    const over = Object.keys(compared).filter((name) => compared[name]?.isOver)
    if (over.length > 0) {
      console.error(`More than ${LIMIT.toFixed(2)} times what little data takes: ${over.join(', ')}`)
      process.exitCode = 1
    }
    const ratios = Object.fromEntries(Object.entries(compared).map(([name, { ratio }]) => [name, ratio]))
    return { ...YEAR, limit: LIMIT, ratios, over, compared }
  } finally {
    await emulator.close()
    await rm(folder, { recursive: true, force: true })
  }
}

type Places = Readonly<Record<keyof Taken, Place>>

async function make(folder: string, size: Size, stripeUrl: string): Promise<Place> {
  await mkdir(folder)
  const place = { folder, clock: manualClock(new Date(END)), stripeUrl }
  const ms = await timed(() => makeYear(place, size))
  const { size: bytes } = await stat(join(folder, 'data/tillwire.db'))
  console.log(
    `${size.answers} answers, ${size.events} events: ${Math.round(bytes / 1e6)} MB in ${Math.round(ms / 1_000)} s`,
  )
  return place
}

/** Opening the store with every collection, and the server's start until it says that it is ready. */
export async function openings(places: Places): Promise<Record<string, Compared>> {
  const opened = await inTurns(OPEN_ROUNDS, (on) => openOnce(places[on], false))
  const migrated = await inTurns(OPEN_ROUNDS, (on) => openOnce(places[on], true))
  const started = await inTurns(OPEN_ROUNDS, (on) => startServer(places[on]))
  return {
    open: told('open', opened),
    migrate: told('open to migrate', migrated),
    start: told('start until ready', started),
  }
}

async function openOnce(place: Place, migrate: boolean): Promise<number> {
  const begin = performance.now()
  await using _tillwire = await open(place, migrate)
  return performance.now() - begin
}

async function startServer(place: Place): Promise<number> {
  const begin = performance.now()
  await using tillwire = await open(place)
  const server = createServerApp(tillwire)
  try {
    const port = await server.listen(0, '127.0.0.1')
    const { status } = await fetch(`http://127.0.0.1:${port}/ready`)
    if (status !== 200) throw new Error(`The server is not ready: ${status}`)
    return performance.now() - begin
  } finally {
    await server.close()
  }
}

/** Pages on a store that was just opened, of another user each time: nothing is in its cache, whatever the size. */
export async function firstPages(places: Places): Promise<Record<string, Compared>> {
  const compared: Record<string, Compared> = {}
  for (const [page, read] of Object.entries(coldPages)) {
    const turns = { little: 0, year: 0 }
    const taken = await inTurns(OPEN_ROUNDS, async (on) => {
      await using tillwire = await open(places[on])
      const userId = userAt(turns[on]++, SIZES[on])
      return await timed(() => read(tillwire, userId))
    })
    compared[`${page}, just opened`] = told(`${page}, just opened`, taken)
  }
  return compared
}

/** Pages and jobs, with both files open. */
export async function workOf(places: Places, session: string): Promise<Record<string, Compared>> {
  await using little = await open(places.little)
  await using year = await open(places.year)
  const compared: Record<string, Compared> = {}
  const pages = { little: await pagesOf(little), year: await pagesOf(year) }
  for (const name of Object.keys(pages.year) as (keyof typeof pages.year)[]) {
    const taken = await inTurns(READ_ROUNDS, (on) => timed(pages[on][name] satisfies Page))
    compared[name] = told(name, taken)
  }
  const jobs = { little: new Jobs(little, session), year: new Jobs(year, session) }
  for (const name of jobs.year.names) {
    // Where nothing is due nothing is written: what is left is the search.
    const searched = `${name}, nothing due`
    compared[searched] = told(searched, await inTurns(READ_ROUNDS, (on) => timed(() => jobs[on].run(name))))
    const taken = await inTurns(JOB_ROUNDS, async (on) => {
      await jobs[on].arrange(name)
      places[on].clock.advance(ROUND)
      return timed(() => jobs[on].run(name))
    })
    compared[name] = told(name, taken)
  }
  return compared
}

function told(name: string, taken: Taken): Compared {
  const compared = compare(taken)
  const { littleMs, yearMs, ratio, least } = compared
  console.log(
    `${name.padEnd(32)} ${littleMs.toFixed(2).padStart(8)} ms  year ${yearMs.toFixed(2).padStart(8)} ms  ` +
      `ratio ${ratio.toFixed(2)} (at least ${least.toFixed(2)})`,
  )
  return compared
}

/** Makes events at Stripe of checkouts that are none of ours; the id of one. */
export async function expireSessions(port: number): Promise<string> {
  const stripe = new Stripe('sk_test_bench', { host: '127.0.0.1', port, protocol: 'http' })
  let last = ''
  for (let made = 0; made < LISTED_EVENTS; made++) {
    const price_data = { currency: 'usd', unit_amount: 500, product_data: { name: 'A pack' } }
    const { id } = await stripe.checkout.sessions.create({
      mode: 'payment',
      success_url: 'https://example.com',
      line_items: [{ quantity: 1, price_data }],
    })
    await stripe.checkout.sessions.expire(id)
    last = id
  }
  return last
}
