import { mkdtempSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { letGo, plantSession } from './support/evidence.ts'
import { npmStart, processesOf } from './support/npm-start.ts'
import { titleOf } from './support/processes.ts'
import { tillwireCommand as tillwire } from './support/tillwire-command.ts'
import { until } from './support/until.ts'
import { root } from './tidy/repository.ts'

const STARTS_MS = 300_000
/** For several commands, each of which starts npm first. */
const COMMANDS_MS = 60_000
const dataDir = mkdtempSync(join(tmpdir(), 'tillwire-start-'))
afterAll(() => letGo(dataDir))

describe('npm start', () => {
  let firstDemo: { email: string; password: string }

  beforeAll(async () => {
    await using started = await npmStart({ dataDir })
    firstDemo = started.demo()
  }, STARTS_MS)

  it(
    'rebuilds nothing the second time, serves within 10 seconds, and keeps its state',
    async () => {
      const stamp = statSync(join(root, 'apps/web/.next/tillwire-build')).mtimeMs
      const before = performance.now()
      await using started = await npmStart({ dataDir })
      const took = performance.now() - before
      expect((await fetch(`${started.web}/sign-in`)).status).toBe(200)
      expect((await fetch(`${started.server}/health`)).status).toBe(200)
      expect((await fetch(`${started.server}/ready`)).status).toBe(200)
      expect(await (await fetch(`${started.server}/metrics`)).text()).toMatch(/event_?loop/i)
      expect(took).toBeLessThan(10_000)
      expect(statSync(join(root, 'apps/web/.next/tillwire-build')).mtimeMs).toBe(stamp)
      expect(started.demo()).toEqual(firstDemo)

      const signIn = await fetch(`${started.web}/api/auth/sign-in/email`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: started.web },
        body: JSON.stringify(firstDemo),
      })
      expect(signIn.status).toBe(200)
      plantSession(signIn.headers.getSetCookie())
      expect(signIn.headers.get('set-cookie')).toMatch(/^better-auth\.session_token=/)
    },
    STARTS_MS,
  )

  it(
    'leaves no process behind when its supervisor is killed',
    async () => {
      const started = await npmStart({ dataDir })
      const supervisor = processesOf(dataDir).find((pid) => titleOf(pid).includes('scripts/boot.mjs'))
      process.kill(supervisor ?? 0, 'SIGKILL')
      await until('every process to end', () => processesOf(dataDir).length === 0, 20_000)
      expect(started.npm.exitCode ?? started.npm.signalCode).not.toBeNull()
    },
    STARTS_MS,
  )

  it(
    'starts a child again that died',
    async () => {
      await using started = await npmStart({ dataDir })
      const server = processesOf(dataDir).find((pid) => titleOf(pid).includes('apps/server/src/main.ts'))
      process.kill(server ?? 0, 'SIGKILL')
      await until('the server to be gone', async () => !(await fetch(`${started.server}/health`).catch(() => null)))
      await until(
        'the server to be back',
        async () => (await fetch(`${started.server}/health`).catch(() => null))?.ok,
        20_000,
      )
      expect(started.output()).toContain('server ended by SIGKILL')
    },
    STARTS_MS,
  )

  it(
    'names the port and the variable when a port is in use',
    async () => {
      const busy = createServer().listen(0, '127.0.0.1')
      await until('the port', () => busy.listening)
      const { port } = busy.address() as { port: number }
      const refused = await npmStart({ dataDir, env: { SERVER_PORT: String(port) } }).catch((error: Error) => error)
      busy.close()
      expect(String(refused)).toContain(`Port ${port} is in use`)
      expect(String(refused)).toContain('SERVER_PORT')
      expect(processesOf(dataDir)).toEqual([])
    },
    STARTS_MS,
  )

  it('names a wrong setting and what is allowed', async () => {
    const refused = await npmStart({ dataDir, env: { LOG_LEVEL: 'loud' } }).catch((error: Error) => error)
    expect(String(refused)).toContain('LOG_LEVEL: "loud" is not known. Allowed: fatal, error')
  })

  it('refuses a database that two processes cannot share', async () => {
    const refused = await npmStart({ dataDir, env: { DATABASE_URL: 'memory:' } }).catch((error: Error) => error)
    expect(String(refused)).toContain('DATABASE_URL')
  })
})

describe('the tillwire command', { timeout: COMMANDS_MS }, () => {
  const env = { DATA_DIR: dataDir, LOG_LEVEL: 'silent' }
  const demo = 'demo@tillwire.local'
  const available = async () => JSON.parse((await tillwire(['balance', demo, '--json'], env)).stdout).available

  it('gives credits once for a key, whatever the case of the address', async () => {
    const first = await tillwire(['grant', 'DEMO@tillwire.local', '12.5', '--key', 'k1', '--reason', 'thanks'], env)
    expect(first.stderr).toBe('')
    expect(first.status).toBe(0)
    const again = await tillwire(['grant', demo, '12.5', '--key', 'k1', '--reason', 'thanks'], env)
    expect(again.status).toBe(0)
    expect(await available()).toBe(12_500_000)
    for (const _ of [1, 2]) {
      expect((await tillwire(['grant', demo, '1', '--key', 'k2', '--expires', '30d'], env)).status).toBe(0)
    }
    expect(await available()).toBe(13_500_000)
    for (const expires of ['soon', '0d', '36501d', '99999999d']) {
      const refused = await tillwire(['grant', demo, '1', '--key', 'k3', '--expires', expires], env)
      expect(refused).toMatchObject({ status: 2, stderr: expect.stringMatching(/^--expires: .*\.\n$/) })
    }
    const other = await tillwire(['grant', demo, '13', '--key', 'k1'], env)
    expect(other.status).toBe(1)
    expect(await available()).toBe(13_500_000)
  })

  it('corrects credits by hand, once for a key, and never below zero unless debt is asked for', async () => {
    const before = await available()
    const correct = (...args: string[]) =>
      tillwire(['correct', demo, ...args, '--reason', 'counted twice', '--json'], env)
    for (const replayed of [false, true]) {
      const taken = await correct('-2.5', '--key', 'c1')
      expect(taken).toMatchObject({ status: 0, stderr: '' })
      expect(JSON.parse(taken.stdout)).toMatchObject({ amount: -2_500_000, available: before - 2_500_000, replayed })
    }
    expect((await correct('-1000', '--key', 'c2')).status).toBe(1)
    expect(JSON.parse((await correct('-1000', '--key', 'c2', '--allow-debt')).stdout)).toMatchObject({ available: 0 })
    expect((await correct('1000', '--key', 'c3')).status).toBe(0)
    expect(await available()).toBe(before - 2_500_000)
    expect((await tillwire(['explain', demo], env)).stdout).toContain('took 2.5 credits by hand (counted twice)')
  })

  it.each([['-5'], ['0'], ['1.1234567'], ['abc'], ['1e3']])('refuses %s credits with exit code 2', async (amount) => {
    expect((await tillwire(['grant', demo, '--key', 'k4', '--', amount], env)).status).toBe(2)
  })

  it('tells wrong use (2) from a problem (1)', async () => {
    expect(await tillwire(['balance', 'nobody@here.com'], env)).toMatchObject({ status: 1, stdout: '' })
    expect((await tillwire(['balance'], env)).status).toBe(2)
    expect((await tillwire(['grant', demo, '1'], env)).status).toBe(2)
    expect((await tillwire(['dance'], env)).status).toBe(2)
    expect((await tillwire(['--help'], env)).status).toBe(0)
  })

  it('lists the collections and finds nothing wrong', async () => {
    const schema = JSON.parse((await tillwire(['schema', '--json'], env)).stdout)
    expect(schema.collections.map((collection: { name: string }) => collection.name)).toContain('users')
    expect((await tillwire(['migrate'], env)).status).toBe(0)
    expect((await tillwire(['sessions', 'revoke', demo], env)).status).toBe(0)
  })

  it('prints no secret', async () => {
    const secrets = Object.values(JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8'))) as string[]
    const ran = await Promise.all([['doctor'], ['schema'], ['migrate']].map((args) => tillwire(args, env)))
    const printed = JSON.stringify(ran)
    for (const secret of secrets) expect(printed).not.toContain(secret)
  })
})
