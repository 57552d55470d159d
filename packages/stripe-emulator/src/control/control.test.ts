import { describe, expect, it } from 'vitest'
import { againstStripe, openEmulator, refusalOf } from '../testing/open-stripe.ts'

describe.skipIf(againstStripe)('faults (emulator only)', () => {
  const create = { method: 'POST', path: '/v1/customers' }
  const countOf = async (bench: Awaited<ReturnType<typeof openEmulator>>) =>
    (await bench.control<{ customers: unknown[] }>('GET', 'state')).customers.length

  it('before: nothing was done', async () => {
    await using bench = await openEmulator()
    for (const kind of ['error', 'reset', 'drop_answer', 'rate_limit']) {
      await bench.control('POST', 'faults', { ...create, phase: 'before', kind, times: 2 })
      await refusalOf(bench.stripe.customers.create({}, { idempotencyKey: kind }))
      await bench.control('DELETE', 'faults')
    }
    expect(await countOf(bench)).toBe(0)
  })

  it('after: it was done, and the key tells', async () => {
    await using bench = await openEmulator()
    const options = { idempotencyKey: 'once' }
    await bench.control('POST', 'faults', { ...create, phase: 'after', kind: 'drop_answer', times: 2 })
    await refusalOf(bench.stripe.customers.create({ name: 'Ada' }, options))
    const { id } = await bench.stripe.customers.create({ name: 'Ada' }, options)
    const { customers } = await bench.control<{ customers: { id: string }[] }>('GET', 'state')
    expect(customers.map((customer) => customer.id)).toEqual([id])
  })

  it('a 500 stays under its key, another error does not', async () => {
    await using bench = await openEmulator()
    await bench.control('POST', 'faults', { ...create, kind: 'error' })
    const kept = { idempotencyKey: 'kept' }
    expect((await refusalOf(bench.stripe.customers.create({}, kept))).statusCode).toBe(500)
    expect((await refusalOf(bench.stripe.customers.create({}, kept))).headers).toMatchObject({
      'idempotent-replayed': 'true',
      'stripe-should-retry': 'false',
    })
    await bench.control('POST', 'faults', { ...create, kind: 'error', status: 503 })
    const free = { idempotencyKey: 'free' }
    expect((await refusalOf(bench.stripe.customers.create({}, free))).statusCode).toBe(503)
    await bench.stripe.customers.create({}, free)
    expect(await countOf(bench)).toBe(1)
  })

  it('a 500 after the work hides it from its key', async () => {
    await using bench = await openEmulator()
    await bench.control('POST', 'faults', { ...create, phase: 'after', kind: 'error' })
    const options = { idempotencyKey: 'hidden' }
    await refusalOf(bench.stripe.customers.create({ email: 'ada@example.com' }, options))
    expect((await refusalOf(bench.stripe.customers.create({ email: 'ada@example.com' }, options))).statusCode).toBe(500)
    expect((await bench.stripe.customers.list({ email: 'ada@example.com' })).data).toHaveLength(1)
  })

  it('stale: a list lags behind what was done since the fault was armed', async () => {
    await using bench = await openEmulator()
    const { id } = await bench.stripe.customers.create()
    await bench.control('POST', 'faults', { method: 'GET', path: '/v1/customers', kind: 'stale', times: 2 })
    const young = await bench.stripe.customers.create()
    const listed = async () => (await bench.stripe.customers.list()).data.map((customer) => customer.id)
    expect(await listed()).toEqual([id])
    expect(await bench.stripe.customers.retrieve(young.id)).toMatchObject({ id: young.id })
    expect(await listed()).toEqual([id])
    expect(await listed()).toEqual([young.id, id])
  })

  it('strike the path they name, in which * is anything, as often as they say', async () => {
    await using bench = await openEmulator()
    const { id } = await bench.stripe.customers.create()
    await bench.control('POST', 'faults', { method: 'GET', path: '/v1/customers/*', kind: 'error', times: 2 })
    await bench.stripe.customers.list()
    expect((await refusalOf(bench.stripe.customers.retrieve(id))).statusCode).toBe(500)
    expect((await refusalOf(bench.stripe.customers.retrieve(id))).statusCode).toBe(500)
    expect((await bench.stripe.customers.retrieve(id)).id).toBe(id)
  })

  it('a stall holds the answer until it is let go', async () => {
    await using bench = await openEmulator()
    await bench.control('POST', 'faults', { ...create, phase: 'after', kind: 'stall' })
    let answered = false
    const slow = bench.stripe.customers.create().then((customer) => {
      answered = true
      return customer
    })
    while ((await countOf(bench)) === 0) await bench.control('GET', 'clock')
    expect(answered).toBe(false)
    await bench.control('DELETE', 'faults')
    expect((await slow).object).toBe('customer')
  })
})

describe.skipIf(againstStripe)('control (emulator only)', () => {
  it('shows what there is and what was asked, without card data', async () => {
    await using bench = await openEmulator()
    const { id } = await bench.stripe.customers.create({ name: 'Ada' }, { idempotencyKey: 'key' })
    await refusalOf(
      bench.stripe.paymentMethods.create({
        type: 'card',
        card: { number: '4242424242424242', exp_month: 1, exp_year: 2034 },
      }),
    )
    const state = await bench.control('GET', 'state')
    expect(state).toMatchObject({ counts: { customers: 1, charges: 0 }, customers: [{ id }], charges: [], refunds: [] })
    const requests = await bench.control('GET', 'requests')
    expect(requests.requests).toMatchObject([
      { method: 'POST', path: '/v1/customers', status: 200, idempotencyKey: 'key', parameters: { name: 'Ada' } },
      { path: '/v1/payment_methods', status: 402, parameters: { card: { number: '[redacted]' } } },
    ])
    expect(JSON.stringify(requests)).not.toContain('4242424242424242')
  })

  it('forgets everything on reset, but the endpoints it was started with', async () => {
    await using bench = await openEmulator({ webhookUrls: ['http://127.0.0.1:1/'] })
    await bench.stripe.customers.create({ name: 'Ada' }, { idempotencyKey: 'key' })
    await bench.control('POST', 'faults', { path: '/v1/customers', kind: 'error' })
    expect(await bench.control('POST', 'reset')).toMatchObject({ status: 200 })
    expect(await bench.control('GET', 'state')).toMatchObject({
      counts: { customers: 0, events: 0, webhook_endpoints: 1 },
      webhook_endpoints: [{ url: 'http://127.0.0.1:1/' }],
    })
    expect((await bench.stripe.customers.create({ name: 'Grace' }, { idempotencyKey: 'key' })).name).toBe('Grace')
  })

  it('moves the clock forward', async () => {
    await using bench = await openEmulator()
    const before = await bench.stripe.customers.create()
    const { offsetMs } = await bench.control('POST', 'clock', { advance: '1h' })
    expect(offsetMs).toBe(3_600_000)
    const { now } = await bench.control<{ now: string }>('GET', 'clock')
    expect(Date.parse(now) - Date.now()).toBeGreaterThan(3_590_000)
    expect((await bench.stripe.customers.create()).created - before.created).toBeGreaterThanOrEqual(3600)
  })

  it.each([
    ['faults', { path: '/v1/x', kind: 'explode' }, '"kind" must be one of'],
    ['faults', { kind: 'error' }, '"path" must be a text.'],
    ['faults', { path: '/v1/x', kind: 'error', times: 0 }, '"times" must be a whole number'],
    ['faults', { path: '/v1/x', kind: 'error', status: 200 }, '"status" must be a whole number from 400 to 599.'],
    ['faults', { path: '/v1/x', kind: 'error', tiems: 1 }, '"tiems" is not known here'],
    ['clock', { advance: 'soon' }, '"advance" must be a duration'],
    ['clock', { advance: '99999d' }, 'at most ten years'],
    ['webhooks/replay', { eventId: 'evt_none' }, 'There is no event evt_none.'],
    ['reset', [], 'must be a JSON object'],
  ])('refuses a wrong body for %s: %j', async (path, body, sentence) => {
    await using bench = await openEmulator()
    const answer = await bench.control<{ error: { message: string } }>('POST', path, body)
    expect(answer.status).toBe(400)
    expect(answer.error.message).toContain(sentence)
  })

  it('names its commands when asked for another', async () => {
    await using bench = await openEmulator()
    const answer = await bench.control<{ error: { message: string } }>('GET', 'nothing')
    expect(answer.status).toBe(404)
    expect(answer.error.message).toContain('GET state')
  })
})
