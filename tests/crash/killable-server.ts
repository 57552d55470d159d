import { type ChildProcess, execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createTillwire, type Duration, defineConfig, milliseconds, type Tillwire } from 'tillwire'
import { openClient, startSurroundings } from '../../apps/server/tests/whole.ts'
import { keepLog } from '../support/evidence.ts'
import { freePort } from '../support/free-port.ts'
import { root } from '../tidy/repository.ts'
import type { Order, Until } from './server-until.ts'

const DEATH_LIMIT_MS = 10_000
/** The server's clock stays within what the signature of a webhook may be old. */
const MOST_AHEAD_MS = 290_000

const isDead = (child: ChildProcess) => child.signalCode !== null || child.exitCode !== null

/** The server alone in a process of its own, killed and started again on the same file, with both emulators beside it. */
export interface KillableServer extends AsyncDisposable {
  /** Another process on the same file: the web app's side. It runs no job. */
  readonly tillwire: Tillwire
  readonly stripe: string
  /** Lets the server kill itself at a point, to which `act` must bring it: an order for the server, or work from here. */
  killAt(until: Until, act: Order | (() => unknown)): Promise<void>
  /** Starts it again after so much time; with a point, it dies again at that. */
  startAfter(time: Duration, until?: Until): Promise<void>
  openClient(cookie: string): ReturnType<typeof openClient>
  /** What `tillwire check` says, in a process of its own. */
  check(): Promise<{ readonly ok: boolean; readonly problems: readonly object[] }>
}

export async function startKillableServer(options: { pace?: number } = {}): Promise<KillableServer> {
  const surroundings = await startSurroundings(options)
  const compiled = mkdtempSync(join(tmpdir(), 'tillwire-compiled-'))
  const log = openSync(surroundings.log, 'a')
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = {
    ...process.env,
    ...surroundings.env,
    SERVER_PORT: String(port),
    LOG_LEVEL: 'debug',
    NODE_COMPILE_CACHE: compiled,
  }
  let ahead = 0
  let child = await startServer({})
  await surroundings.sendWebhooksTo(url)
  const tillwire = await createTillwire(defineConfig({}), {
    env,
    logger: surroundings.logger,
    clock: { now: () => new Date(Date.now() + ahead) },
  })

  async function startServer(order: Order): Promise<ChildProcess> {
    const started = fork(join(import.meta.dirname, 'server-until.ts'), {
      env: { ...env, CLOCK_AHEAD_MS: String(ahead), ORDER: JSON.stringify(order) },
      stdio: ['ignore', log, log, 'ipc'],
    })
    const [message] = await Promise.race([once(started, 'message'), once(started, 'exit')])
    if (message !== 'ready' && order.until === undefined) throw new Error(`the server ended with ${message}`)
    return started
  }

  async function deathOf(dying: ChildProcess): Promise<void> {
    if (!isDead(dying)) {
      const limit = new AbortController()
      const waited = delay(DEATH_LIMIT_MS, 'no death' as const, { signal: limit.signal }).catch(() => 'ended' as const)
      if ((await Promise.race([once(dying, 'exit'), waited])) === 'no death')
        throw new Error('The point was not reached')
      limit.abort()
    }
    if (dying.signalCode !== 'SIGKILL') throw new Error(`The server ended by itself, with ${dying.exitCode}`)
  }

  return {
    tillwire,
    stripe: surroundings.env.STRIPE_API_BASE ?? '',
    async killAt(until, act) {
      if (isDead(child)) child = await startServer({})
      const taken = once(child, 'message')
      child.send(typeof act === 'function' ? { until } : { ...act, until })
      await taken
      if (typeof act === 'function') void act()
      await deathOf(child)
    },
    async startAfter(time, until) {
      ahead += milliseconds(time)
      if (ahead > MOST_AHEAD_MS) throw new Error('Too much time for one server: start another one')
      child = await startServer({ until })
      if (until) await deathOf(child)
    },
    openClient: (cookie) => openClient(url, cookie),
    async check() {
      const command = join(root, 'packages/tillwire/bin/tillwire.ts')
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [command, 'check', '--json'], {
        env,
      }).catch((failed: { stdout: string; stderr: string }) => failed)
      keepLog('check', stdout + stderr)
      return JSON.parse(stdout)
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await tillwire.close()
      closeSync(log)
      rmSync(compiled, { recursive: true })
      await surroundings[Symbol.asyncDispose]()
    },
  }
}
