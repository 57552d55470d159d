import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../tidy/repository.ts'
import { keepLog, letGo } from './evidence.ts'
import { freePort } from './free-port.ts'
import { processesWith } from './processes.ts'
import { until } from './until.ts'

const BUILD_LIMIT_MS = 240_000

/** `npm start` on ports and data of its own. */
export interface Started extends AsyncDisposable {
  readonly web: string
  readonly server: string
  readonly stripe: string
  readonly model: string
  readonly dataDir: string
  readonly env: Readonly<Record<string, string>>
  readonly npm: ChildProcess
  /** All that it printed so far. */
  output(): string
  /** Demo sign-in, as printed. */
  demo(): { email: string; password: string }
  /** Ends it with SIGTERM and waits until no process of it is left. */
  stop(): Promise<void>
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Data of an earlier start; kept when this one ends. */
  readonly dataDir?: string
}

/** Runs `npm start` and resolves when it has printed its addresses. */
export async function npmStart(options: StartOptions = {}): Promise<Started> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'tillwire-start-'))
  const ports = {
    WEB_PORT: await freePort(),
    SERVER_PORT: await freePort(),
    STRIPE_EMULATOR_PORT: await freePort(),
    MODEL_EMULATOR_PORT: await freePort(),
  }
  const env: Record<string, string> = {
    ...Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)])),
    DATA_DIR: dataDir,
    LOG_LEVEL: 'debug',
    ...options.env,
  }
  const npm = spawn('npm', ['start'], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let text = ''
  npm.stdout?.on('data', (chunk) => (text += chunk))
  npm.stderr?.on('data', (chunk) => (text += chunk))

  const stop = async () => {
    npm.kill('SIGTERM')
    await until('every process of npm start to end', () => processesOf(dataDir).length === 0, 20_000)
    putAway()
  }
  const putAway = () => {
    keepLog('npm-start', text)
    if (!options.dataDir) letGo(dataDir)
  }
  try {
    await until(
      'npm start to serve',
      () => {
        if (npm.exitCode !== null) throw new Error(`npm start ended with ${npm.exitCode}:\n${text}`)
        return text.includes('Demo sign-in')
      },
      BUILD_LIMIT_MS,
    )
  } catch (error) {
    for (const pid of processesOf(dataDir)) process.kill(pid, 'SIGKILL')
    putAway()
    throw error
  }
  return {
    web: `http://localhost:${env.WEB_PORT}`,
    server: `http://localhost:${env.SERVER_PORT}`,
    stripe: `http://127.0.0.1:${env.STRIPE_EMULATOR_PORT}`,
    model: `http://127.0.0.1:${env.MODEL_EMULATOR_PORT}`,
    dataDir,
    env,
    npm,
    output: () => text,
    demo() {
      const match = /Demo sign-in: (\S+)\s+password: (\S+)/.exec(text)
      return { email: match?.[1] ?? '', password: match?.[2] ?? '' }
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** Every process that was started with this data folder. */
export function processesOf(dataDir: string): number[] {
  return processesWith('DATA_DIR', dataDir)
}
