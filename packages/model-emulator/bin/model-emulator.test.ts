import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

function start(port: number): ChildProcess {
  const child = fork(join(import.meta.dirname, 'model-emulator.ts'), {
    env: { ...process.env, MODEL_EMULATOR_PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  children.push(child)
  return child
}

it('tells its port, and ends on SIGTERM and when its parent is gone', async () => {
  for (const end of [(child: ChildProcess) => child.kill('SIGTERM'), (child: ChildProcess) => child.disconnect()]) {
    const child = start(0)
    const [message] = await once(child, 'message')
    expect((await fetch(`http://127.0.0.1:${message.port}/v1/models`)).status).toBe(401)
    const exit = once(child, 'exit')
    end(child)
    expect(await exit).toEqual([0, null])
  }
})

it('names port and variable when the port is taken', async () => {
  const [{ port }] = await once(start(0), 'message')
  const second = start(port)
  let said = ''
  second.stderr?.on('data', (part) => {
    said += part
  })
  expect(await once(second, 'close')).toEqual([1, null])
  expect(said).toContain(`Port ${port} is in use`)
  expect(said).toContain('MODEL_EMULATOR_PORT')
})
