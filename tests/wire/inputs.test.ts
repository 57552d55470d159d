import { Registry } from 'prom-client'
import type { FeatureRouter } from 'tillwire'
import { clientEvents, ERROR_CODES } from 'tillwire/protocol'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Client, startWhole, type Whole } from '../../apps/server/tests/whole.ts'
import { main } from '../../packages/tillwire/src/cli/index.ts'
import { type Bystander, bystander } from '../support/bystander.ts'
import { until } from '../support/until.ts'

const ALLOWED: readonly string[] = ERROR_CODES.filter((code) => code !== 'internal' && code !== 'unavailable')
const TEXTS = ['', '\0', '\ud800', '__proto__', 'constructor', '../../etc/passwd', '-1', 'NaN', 'x'.repeat(5_000)]
const VALUES: readonly unknown[] = [
  ...[undefined, null, true, -1, 0.5, 1e308, 'text', [], [[]], {}, { id: {} }, new Uint8Array(9)],
  JSON.parse('{"__proto__":{"key":"k"},"constructor":1}'),
  ...TEXTS.map((text) => ({
    key: text,
    answerId: text,
    offset: text,
    model: text,
    messages: text,
    cursor: text,
    limit: -1,
  })),
]

let whole: Whole
let ada: Bystander
let client: Client
const died: unknown[] = []
const note = (error: unknown) => void died.push(error)
beforeAll(async () => {
  process.on('uncaughtException', note).on('unhandledRejection', note)
  whole = await startWhole()
  ada = await bystander(whole, 'ada')
  client = await whole.open(ada.cookie)
})
afterAll(async () => {
  await whole[Symbol.asyncDispose]()
  process.off('uncaughtException', note).off('unhandledRejection', note)
  expect(died).toEqual([])
})

describe('what is malformed is refused by name', () => {
  it('in every event that the features and the protocol have', async () => {
    const features = whole.tillwire.config.features.flatMap(({ events }) => Object.keys(events.authenticated))
    const events = new Set([...features, ...Object.keys(clientEvents.authenticated)])
    expect(events.size).toBeGreaterThan(4)
    for (const event of events) {
      for (const value of VALUES) {
        const ack = await until(`an answer to ${event}`, async () => {
          const answer = await client.ask(event, value)
          return !answer.ok && answer.error.code === 'rate_limited' ? null : answer
        })
        if (!ack.ok) expect(ALLOWED, `${event} ${JSON.stringify(value)}`).toContain(ack.error.code)
      }
    }
    await ada.expectUnharmed()
  })

  it('on every route that the features have', async () => {
    const routes: { method: string; path: string }[] = []
    const add = (method: string) => (path: string) => void routes.push({ method, path })
    const router: FeatureRouter = {
      get: add('GET'),
      post: add('POST'),
      put: add('PUT'),
      patch: add('PATCH'),
      delete: add('DELETE'),
    }
    const app = { ...whole.server.app, metrics: new Registry() }
    for (const feature of whole.tillwire.config.features) feature.routes?.(router, app)
    expect(routes.map(({ path }) => path)).toContain('/webhooks/stripe')
    for (const { method, path } of routes) {
      // A request line and headers of 16 KB are refused by Node itself, before there is a request.
      for (const text of TEXTS.map((one) => one.slice(0, 1_000))) {
        const filled = path.replaceAll(/:\w+/g, () => encodeURIComponent(text.toWellFormed() || 'x'))
        const body = method === 'GET' ? undefined : JSON.stringify({ id: text, [text]: text })
        const headers = { 'x-request-id': encodeURIComponent(text.toWellFormed()), 'stripe-signature': 't=1,v1=x' }
        const query = new URLSearchParams({ cursor: text, limit: text, [text]: text })
        const answer = await fetch(`${whole.url}${filled}?${query}`, { method, headers, ...(body && { body }) })
        expect(answer.status, `${method} ${filled}`).toBeLessThan(500)
        if (answer.status < 400) continue
        const { error } = (await answer.json()) as { error: { code: string; requestId: string } }
        expect(ALLOWED).toContain(error.code)
        expect(error.requestId).toBe(answer.headers.get('x-request-id'))
      }
    }
    await ada.expectUnharmed()
  })
})

describe('the command', () => {
  /** Runs it in this process; what it printed, and its exit code. */
  async function run(args: readonly string[]): Promise<{ code: number; printed: string }> {
    let printed = ''
    const write = (text: unknown) => {
      printed += String(text)
      return true
    }
    using _out = vi.spyOn(process.stdout, 'write').mockImplementation(write)
    using _err = vi.spyOn(process.stderr, 'write').mockImplementation(write)
    return { code: await main(args), printed }
  }
  /** Every command that takes something, as its own help lists them: its words, and the arguments and options it takes. */
  async function commands(words: readonly string[] = []): Promise<{ words: string[]; takes: string[] }[]> {
    const { printed } = await run([...words, '--help'])
    const takes = [...(printed.split('\n')[0] ?? '').matchAll(/<\w+>|\[part\]/g)].map(() => '')
    const options = [...printed.matchAll(/^ {2}(--\w+) <\w+>/gm)].map(([, name = '']) => name)
    const listed = printed.split('Commands:')[1] ?? ''
    const inner = [...listed.matchAll(/^ {2}(\w+)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help')
    const found = await Promise.all(inner.map((name) => commands([...words, name])))
    const own = takes.length + options.length > 0 ? [{ words: [...words], takes: [...takes, ...options] }] : []
    return [...own, ...found.flat()]
  }

  it('ends with 1 or 2 and a sentence for whatever is malformed in an argument or option of any command', async () => {
    for (const [name, value] of Object.entries(whole.env)) vi.stubEnv(name, value)
    const all = await commands()
    expect(all.map(({ words }) => words.join(' '))).toEqual(expect.arrayContaining(['grant', 'balance', 'explain']))
    for (const { words, takes } of all) {
      for (const text of TEXTS) {
        const args = takes.flatMap((option) => (option === '' ? [text] : [option, text]))
        const { code, printed } = await run([...words, ...args])
        expect([1, 2], `${[...words, ...args].join(' ')}: ${printed}`).toContain(code)
        expect(printed).not.toMatch(/\n {4}at |\bError: /)
      }
    }
    vi.unstubAllEnvs()
    await ada.expectUnharmed()
  })
})
