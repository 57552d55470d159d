import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { againstStripe, connect, refusalOf } from './testing/open-stripe.ts'

const program = join(import.meta.dirname, '../bin/stripe-emulator.ts')

describe.skipIf(againstStripe)('the emulator as a process (emulator only)', () => {
  let folder: string
  let children: ChildProcess[]
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stripe-emulator-'))
    children = []
  })
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  function run(env: Record<string, string>): ChildProcess {
    const child = spawn(process.execPath, [program], {
      env: { ...process.env, DATA_DIR: folder, STRIPE_EMULATOR_PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    children.push(child)
    return child
  }

  async function start(env: Record<string, string> = {}) {
    const child = run(env)
    const [message] = (await once(child, 'message')) as [{ type: string; port: number }]
    expect(message.type).toBe('ready')
    return { child, ...connect(`http://127.0.0.1:${message.port}`) }
  }

  it('keeps what it answered when it is killed', async () => {
    const first = await start()
    await first.control('POST', 'clock', { advance: '1h' })
    const created: string[] = []
    const work = (async () => {
      for (;;) created.push((await first.stripe.customers.create({}, { idempotencyKey: `key ${created.length}` })).id)
    })().catch(() => undefined)
    while (created.length < 20) await first.control('GET', 'clock')
    first.child.kill('SIGKILL')
    await work

    const second = await start()
    const { offsetMs } = await second.control('GET', 'clock')
    expect(offsetMs).toBe(3_600_000)
    const { customers, events } = await second.control<{ customers: { id: string }[]; events: unknown[] }>(
      'GET',
      'state',
    )
    expect(customers.map((customer) => customer.id)).toEqual(expect.arrayContaining(created))
    // The one that was under way may be there too, and then with its event.
    expect(customers.length - created.length).toBeLessThanOrEqual(1)
    expect(events).toHaveLength(customers.length)
    expect((await second.stripe.customers.create({}, { idempotencyKey: 'key 0' })).id).toBe(created[0])
  })

  it('keeps neither a card number nor the secret that it was given', async () => {
    const secret = 'whsec_given_to_the_emulator'
    const { stripe } = await start({
      STRIPE_WEBHOOK_SECRET: secret,
      STRIPE_EMULATOR_WEBHOOK_URLS: 'http://127.0.0.1:1/webhooks',
    })
    const create = () =>
      stripe.webhookEndpoints.create({ url: 'http://127.0.0.1:1/', enabled_events: ['*'] }, { idempotencyKey: 'one' })
    const endpoint = await create()
    expect(endpoint.secret).toBe(secret)
    expect(await create()).toEqual(endpoint)
    const card = { number: '4242424242424242', exp_month: 12, exp_year: 2099, cvc: '123' }
    await refusalOf(stripe.paymentMethods.create({ type: 'card', card }, { idempotencyKey: 'a card' }))
    const files = (await readdir(folder)).filter((name) => name.startsWith('stripe-emulator.db'))
    const kept = (await Promise.all(files.map((name) => readFile(join(folder, name), 'latin1')))).join('')
    expect(kept.includes(endpoint.id)).toBe(true)
    expect([card.number, secret].filter((value) => kept.includes(value))).toEqual([])
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('ends on %s', async (signal) => {
    const { child } = await start()
    child.kill(signal)
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  it('ends when its parent lets go of it', async () => {
    const { child } = await start()
    child.disconnect()
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  it('says which port is busy, and which variable sets it', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const address = holder.address()
    const port = typeof address === 'object' && address !== null ? String(address.port) : ''
    const child = run({ STRIPE_EMULATOR_PORT: port })
    const said: string[] = []
    child.stderr?.on('data', (chunk) => said.push(String(chunk)))
    const [code] = await once(child, 'close')
    holder.close()
    expect(code).toBe(1)
    expect(said.join('')).toBe(`stripe-emulator: Port ${port} is in use: set STRIPE_EMULATOR_PORT to a free port.\n`)
  })
})
