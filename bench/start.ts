import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { freePort } from '../tests/support/free-port.ts'
import { processesWith } from '../tests/support/processes.ts'
import { until } from '../tests/support/until.ts'
import { root } from '../tests/tidy/repository.ts'

const TARGETS = { firstPageSeconds: 90, secondStartSeconds: 5, testSeconds: 600 }
const LIMIT_MS = 30 * 60_000

/**
 * The first minutes of somebody new: a fresh clone, `npm ci` with an empty cache, the first page, the second
 * start, and `npm test`, with the Node that the machine has.
 */
export async function bench(): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'tillwire-first-minutes-'))
  try {
    const clone = join(folder, 'tillwire')
    execFileSync('git', ['clone', '--quiet', root, clone])
    const env = {
      // Of this npm the other one must know nothing.
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_'))),
      PATH: (process.env.PATH ?? '')
        .split(delimiter)
        .filter((path) => !path.startsWith(root))
        .join(delimiter),
      npm_config_cache: join(folder, 'npm-cache'),
      DATA_DIR: join(folder, 'data'),
      WEB_PORT: String(await freePort()),
      SERVER_PORT: String(await freePort()),
      STRIPE_EMULATOR_PORT: String(await freePort()),
      MODEL_EMULATOR_PORT: String(await freePort()),
    }
    const npm = (...args: string[]) => spawn('npm', args, { cwd: clone, env, stdio: ['ignore', 'pipe', 'inherit'] })
    const page = `http://localhost:${env.WEB_PORT}/`

    const installSeconds = tell('npm ci, empty cache', await seconds(() => finished(npm('ci'))))
    const firstPageSeconds = tell('npm start, to the first page', await start(npm, page, env.DATA_DIR))
    const secondStartSeconds = tell('npm start again, to the first page', await start(npm, page, env.DATA_DIR))
    let summary = ''
    const testSeconds = tell(
      'npm test',
      await seconds(async () => {
        summary = await finished(npm('test'))
      }),
    )
    const tests = summary.trim().split('\n').at(-1)
    return { targets: TARGETS, installSeconds, firstPageSeconds, secondStartSeconds, testSeconds, tests }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Seconds until the first page is there whole; ends what it started. */
async function start(npm: (...args: string[]) => ChildProcess, page: string, dataDir: string): Promise<number> {
  let running: ChildProcess | null = null
  try {
    return await seconds(async () => {
      running = npm('start')
      await until('the first page', () => isThere(page), LIMIT_MS)
    })
  } finally {
    ;(running as ChildProcess | null)?.kill('SIGTERM')
    await until('every process to end', () => processesWith('DATA_DIR', dataDir).length === 0, LIMIT_MS)
  }
}

async function isThere(page: string): Promise<boolean> {
  try {
    const answer = await fetch(page)
    return answer.ok && (await answer.text()).includes('</html>')
  } catch {
    return false
  }
}

/** What a program printed; throws when it fails. */
async function finished(child: ChildProcess): Promise<string> {
  let printed = ''
  child.stdout?.on('data', (chunk) => (printed += chunk))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${child.spawnargs.join(' ')} ended with ${code}:\n${printed.slice(-5_000)}`)
  return printed
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  await work()
  return Number(((performance.now() - begin) / 1_000).toFixed(1))
}

function tell(what: string, took: number): number {
  console.log(`${took.toFixed(1).padStart(7)} s  ${what}`)
  return took
}
