import { randomUUID } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative, sep } from 'node:path'
import { type Kind, PLANTED, type Planted } from './planted.ts'
import { processesWith, titleOf } from './processes.ts'

/**
 * What programs leave behind while tests run: their stores, their logs, and what they are called in the list of
 * processes. `npm test` collects it and searches it at its end for every secret that was planted (tests/secrets).
 * Where nobody collects, nothing is kept.
 */
const VARIABLE = 'TEST_EVIDENCE'
/** Larger files are left off, and any that would make it more than this in all; what was left off is told. */
const MOST_FILE_BYTES = 64 << 20
const MOST_BYTES = 1 << 30
const LOOK_EVERY_MS = 250
/** Of a secret that can be looked for. */
const LEAST_LENGTH = 8
/** Where local mode keeps the secrets that it made, readable by their owner only: the one file that may have them. */
const SECRETS_FILE = 'secrets.json'

const keptIn = (folder: string) => join(folder, 'kept')
const titlesIn = (folder: string) => join(folder, 'titles.txt')
const plantedIn = (folder: string) => join(folder, 'planted.ndjson')
const leftOffIn = (folder: string) => join(folder, 'left-off.txt')
const closedIn = (folder: string) => join(folder, 'closed')
const wholeIn = (folder: string) => join(folder, 'whole-run')
const linesOf = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [])

/** The collecting of one run. */
export interface Collecting {
  readonly folder: string
  /** Files that were too large to be kept. */
  leftOff(): string[]
  /** Ends it, and removes what was collected. */
  remove(): void
}

/** Collects from now on, in this process and all that it starts. `whole`: no test is left out of this run. */
export function collectEvidence({ whole }: { whole: boolean }): Collecting {
  const folder = mkdtempSync(join(tmpdir(), 'tillwire-evidence-'))
  mkdirSync(keptIn(folder))
  if (whole) writeFileSync(wholeIn(folder), '')
  process.env[VARIABLE] = folder
  const seen = new Set<string>()
  const look = setInterval(() => {
    for (const title of processesWith(VARIABLE, folder).map(titleOf)) {
      if (title === '' || seen.has(title)) continue
      seen.add(title)
      appendFileSync(titlesIn(folder), `${title}\n`)
    }
  }, LOOK_EVERY_MS)
  look.unref()
  return {
    folder,
    leftOff: () => linesOf(leftOffIn(folder)),
    remove() {
      clearInterval(look)
      delete process.env[VARIABLE]
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Where this run's evidence is; undefined when nobody collects. */
export function evidenceFolder(): string | undefined {
  return process.env[VARIABLE]
}

/** Ends the collecting: the search begins, and whoever comes later would not be searched. */
export function closeEvidence(folder: string): void {
  writeFileSync(closedIn(folder), '')
}

function openEvidence(): string | undefined {
  const folder = evidenceFolder()
  if (folder !== undefined && existsSync(closedIn(folder)))
    throw new Error('The evidence was searched already: tests/secrets must run last')
  return folder
}

/** Says that this value is a secret: at the end of the run it must be nowhere in the evidence. */
export function plant(kind: Kind, value: string): void {
  if (value.length < LEAST_LENGTH) throw new Error(`A ${kind} of ${value.length} characters is found by chance`)
  const folder = openEvidence()
  if (folder === undefined) return
  // One short write at the end of the file: processes do not get in each other's way.
  appendFileSync(plantedIn(folder), `${JSON.stringify({ kind, value } satisfies Planted)}\n`, { mode: 0o600 })
}

/** Plants the session that an answer's cookies hand out. */
export function plantSession(cookies: readonly string[]): void {
  for (const cookie of cookies) {
    const [, value] = /session_token=([^;]+)/.exec(cookie) ?? []
    if (!value) continue
    // The token, and its signature after it.
    for (const part of decodeURIComponent(value).split('.')) if (part.length >= 16) plant('session token', part)
  }
}

/** Plants a mailed link, and the token in it. */
export function plantLink(link: string): void {
  plant('mail link', link)
  plant('mail link', new URL(link).searchParams.get('token') ?? '')
}

/** Keeps what a process printed. */
export function keepLog(name: string, text: string): void {
  const folder = openEvidence()
  if (folder !== undefined && text !== '') writeFileSync(join(keptIn(folder), `${name}-${randomUUID()}.log`), text)
}

/** Takes over the folder of programs that have ended: kept where evidence is collected, else removed. */
export function letGo(folder: string): void {
  const evidence = openEvidence()
  if (evidence !== undefined && existsSync(folder)) keep(evidence, folder)
  rmSync(folder, { recursive: true, force: true })
}

function keep(evidence: string, folder: string): void {
  let room = MOST_BYTES - filesIn(keptIn(evidence)).reduce((sum, file) => sum + statSync(file).size, 0)
  for (const file of filesIn(folder)) {
    if (basename(file) === SECRETS_FILE) {
      plantFile(JSON.parse(readFileSync(file, 'utf8')))
      continue
    }
    const { size } = statSync(file)
    if (size > Math.min(MOST_FILE_BYTES, room)) {
      appendFileSync(leftOffIn(evidence), `${file} (${size} bytes)\n`)
      continue
    }
    room -= size
    const place = join(keptIn(evidence), basename(folder))
    mkdirSync(place, { recursive: true })
    renameSync(file, join(place, relative(folder, file).replaceAll(sep, '-')))
  }
}

/** The secrets that local mode made. */
function plantFile({ demoPassword = '', ...keys }: Record<string, string>): void {
  plant('password', demoPassword)
  for (const value of Object.values(keys)) plant('key of ours', value.replace(/^\w+:/, ''))
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
}

/** All that was collected so far. */
export interface Evidence {
  readonly planted: readonly Planted[]
  readonly stores: readonly string[]
  /** Every other file: logs for the most part. */
  readonly files: readonly string[]
  /** The file with the titles of processes. */
  readonly titles: string
  readonly whole: boolean
}

export function readEvidence(folder: string): Evidence {
  const found = linesOf(plantedIn(folder)).map((line): Planted => JSON.parse(line))
  const known = new Map([...PLANTED, ...found].map((planted) => [planted.value, planted]))
  const files = filesIn(keptIn(folder))
  return {
    planted: [...known.values()],
    stores: files.filter((file) => file.endsWith('.db')),
    files: files.filter((file) => !/\.db(-wal|-shm)?$/.test(file)),
    titles: titlesIn(folder),
    whole: existsSync(wholeIn(folder)),
  }
}
