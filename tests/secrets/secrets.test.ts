import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Collecting,
  closeEvidence,
  collectEvidence,
  type Evidence,
  evidenceFolder,
  readEvidence,
} from '../support/evidence.ts'
import { KINDS } from '../support/planted.ts'
import { EMAIL, failToMail, spendBusyDay } from './busy-day.ts'
import { Finder, type Finding } from './finder.ts'

const BUSY_DAY_MS = 300_000
/** What stands in clear in stores, titles and logs, and is looked for too: a search that finds nothing must be known to look. */
const NO_SECRET = 'no secret'
const IN_CLEAR = [EMAIL, 'The server listens'].map((value) => ({ kind: NO_SECRET, value }))
/** What there is at least, after a whole run and after this file alone: what nobody kept, nobody searched. */
const LEAST = {
  whole: { stores: 40, logs: 40, titles: 40, sessions: 100 },
  alone: { stores: 4, logs: 5, titles: 8, sessions: 4 },
}
/** The one line that may tell a password: in local mode, of the user that local mode makes. */
const DEMO_LINE = /^Demo sign-in: demo@tillwire\.local {2}password: \S+$/m

// In `npm test` all that the run left behind, and this file is the last of it; on its own a busy day's.
describe('all that the programs of this run left behind', () => {
  let own: Collecting | undefined
  let evidence: Evidence
  let found: Readonly<Record<'stores' | 'files' | 'titles', Finding[]>>

  beforeAll(async () => {
    if (evidenceFolder() === undefined) own = collectEvidence({ whole: false })
    await Promise.all([spendBusyDay(), failToMail()])
    const folder = evidenceFolder() ?? ''
    closeEvidence(folder)
    evidence = readEvidence(folder)
    const finder = new Finder([...evidence.planted, ...IN_CLEAR])
    const withoutDemo = (bytes: Buffer) => Buffer.from(bytes.toString('latin1').replace(DEMO_LINE, ''), 'latin1')
    found = {
      stores: evidence.stores.flatMap((store) => finder.inStore(store)),
      files: evidence.files.flatMap((file) => finder.inFile(file, withoutDemo)),
      titles: finder.inFile(evidence.titles),
    }
  }, BUSY_DAY_MS)
  afterAll(() => own?.remove())

  const secretsAmong = (findings: readonly Finding[]) => findings.filter(({ kind }) => kind !== NO_SECRET)

  it('is there: stores, logs, titles, and secrets of every kind', () => {
    const { stores, files, titles, planted, whole } = evidence
    const count = {
      stores: stores.length,
      logs: files.filter((file) => file.endsWith('.log')).length,
      titles: readFileSync(titles, 'utf8').split('\n').length,
      sessions: planted.filter(({ kind }) => kind === 'session token').length,
    }
    for (const [what, least] of Object.entries(whole ? LEAST.whole : LEAST.alone))
      expect(count[what as keyof typeof count], what).toBeGreaterThanOrEqual(least)
    expect(stores.map((store) => basename(store))).toEqual(
      expect.arrayContaining(['tillwire.db', 'stripe-emulator.db']),
    )
    expect(new Set(planted.map(({ kind }) => kind))).toEqual(new Set(KINDS))
  })

  it('is searched in a way that finds what is there', () => {
    const places = Object.values(found).flatMap((findings) =>
      findings.filter(({ kind }) => kind === NO_SECRET).map(({ place }) => basename(place)),
    )
    for (const place of [
      'tillwire.db',
      'tillwire.db, table users',
      'tillwire.db-copy',
      'stripe-emulator.db',
      'stripe-emulator.db, table objects',
      'stripe-emulator.db-copy',
      'titles.txt',
      expect.stringMatching(/^npm-start-.*\.log$/),
    ])
      expect(places).toContainEqual(place)
  })

  it('has no secret in clear in any store', () => {
    expect(secretsAmong(found.stores)).toEqual([])
  })

  it('has no secret in clear in any log or other file', () => {
    expect(secretsAmong(found.files)).toEqual([])
  })

  it('has no secret in clear in the title of any process', () => {
    expect(secretsAmong(found.titles)).toEqual([])
  })
})
