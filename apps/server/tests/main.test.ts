import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { letGo } from '../../../tests/support/evidence.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tillwire-main-'))
})
afterAll(() => letGo(folder))

/** The server as a process of its own. */
function start(env: Record<string, string>): {
  child: ChildProcess
  stderr: () => string
  ended: Promise<number | null>
} {
  const child = fork(MAIN, {
    env: { ...process.env, TILLWIRE_ROOT: folder, LOG_LEVEL: 'silent', ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let text = ''
  child.stderr?.on('data', (chunk) => {
    text += chunk
  })
  const gone = Promise.all([once(child, 'exit'), child.stderr && once(child.stderr, 'close')])
  return { child, stderr: () => text, ended: gone.then(([[code]]) => code) }
}
const ready = async (child: ChildProcess) => {
  const [message] = await once(child, 'message')
  expect(message).toEqual({ type: 'ready', port: expect.any(Number) })
  return message.port as number
}
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  return address && typeof address === 'object' ? address.port : 0
}

it('says when it serves, and ends in order on SIGTERM, with sockets open', async () => {
  const { child, ended, stderr } = start({ SERVER_PORT: String(await freePort()) })
  const port = await ready(child)
  expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200)
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`)
  await once(socket as unknown as NodeJS.EventEmitter, 'open').catch(() => {})
  const closed = new Promise((done) => socket.addEventListener('close', done))
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
  await closed
  expect(stderr()).toBe('')
})

it('ends when the process that started it is gone', async () => {
  const { child, ended } = start({ SERVER_PORT: String(await freePort()) })
  await ready(child)
  child.disconnect()
  expect(await ended).toBe(0)
})

it('names the port and its variable when the port is taken', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const address = taken.address()
  const port = address && typeof address === 'object' ? address.port : 0
  const { ended, stderr } = start({ SERVER_PORT: String(port) })
  expect(await ended).toBe(1)
  expect(stderr()).toContain(String(port))
  expect(stderr()).toContain('SERVER_PORT')
  expect(stderr().trim().split('\n')).toHaveLength(1)
  taken.close()
})

it('names a setting that is wrong', async () => {
  const { ended, stderr } = start({ SERVER_PORT: 'many' })
  expect(await ended).toBe(1)
  expect(stderr()).toContain('SERVER_PORT')
  expect(stderr()).not.toContain('    at ')
})
