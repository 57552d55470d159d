import fc from 'fast-check'
import superjson from 'superjson'
import { ERROR_CODES, type WireError } from 'tillwire/protocol'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Surroundings, signUp, startSurroundings } from '../../../server/tests/whole.ts'

// It throws wherever no page is rendered.
vi.mock('server-only', () => ({}))

const RUNS = 40
const ALLOWED = ERROR_CODES.filter((code) => code !== 'internal' && code !== 'unavailable')
const NAME = 'better-auth.session_token'

interface Answer {
  readonly status: number
  readonly requestId: string | null
  readonly error: WireError | null
}
let surroundings: Surroundings
let close: () => Promise<void>
let cookie: string
let userId: string
let handle: (request: Request) => Promise<Response>
let procedures: Readonly<Record<string, { readonly _def: { readonly type: string } }>>
beforeAll(async () => {
  surroundings = await startSurroundings()
  Object.assign(process.env, surroundings.env, { LOG_LEVEL: 'error' })
  const { tillwire } = await import('./tillwire.ts')
  handle = (await import('../app/api/trpc/[trpc]/route.ts')).POST
  procedures = (await import('./root.ts')).appRouter._def.procedures as unknown as typeof procedures
  const opened = await tillwire()
  close = () => opened.close()
  ;({ cookie, userId } = await signUp(opened, 'ada'))
})
afterAll(async () => {
  await close?.()
  await surroundings?.[Symbol.asyncDispose]()
})

/** Calls a procedure with the text of an input, as a browser would. */
async function call(name: string, input: string, headers: Record<string, string> = {}): Promise<Answer> {
  const type = procedures[name]?._def.type
  const address = `http://localhost:3000/api/trpc/${name}`
  const all = { cookie, origin: 'http://localhost:3000', 'content-type': 'application/json', ...headers }
  const request =
    type === 'mutation'
      ? new Request(address, { method: 'POST', headers: all, body: input })
      : new Request(`${address}?input=${encodeURIComponent(input)}`, { headers: all })
  const response = await handle(request)
  const body = (await response.json()) as { error?: { json: { data: { error: WireError } } } }
  return {
    status: response.status,
    requestId: response.headers.get('x-request-id'),
    error: body.error?.json.data.error ?? null,
  }
}
const valued = (value: unknown) => JSON.stringify(superjson.serialize(value))

describe('the input of a procedure', () => {
  const odd = fc.oneof(
    fc.jsonValue({ depthSize: 'small' }),
    fc.constantFrom<unknown>(
      '',
      '\0',
      'x'.repeat(600),
      'entry_of-nobody',
      '__proto__',
      'constructor',
      -1,
      0,
      0.5,
      1e308,
    ),
    fc.constantFrom<unknown>(
      Number.NaN,
      Number.POSITIVE_INFINITY,
      2n ** 70n,
      new Date(Number.NaN),
      null,
      undefined,
      [],
      {},
    ),
  )
  const field = fc.constantFrom(
    'cursor',
    'limit',
    'id',
    'pack',
    'key',
    'timeZone',
    'messages',
    'model',
    'maxOutputTokens',
  )
  const named = fc.dictionary(field, odd, { maxKeys: 4 })
  const whole = {
    messages: [{ role: 'user', content: 'Hi' }],
    pack: 'starter',
    id: 'answer_of-nobody',
    cursor: 'bm90IGEgY3Vyc29y',
  }
  const nearly = fc.tuple(fc.constant(whole), named).map(([base, change]) => ({ ...base, ...change }))
  const inputs = fc.oneof(odd.map(valued), named.map(valued), nearly.map(valued), fc.string({ maxLength: 30 }))

  it('is a refusal with a code of the protocol, whatever is malformed in it: of every procedure', async () => {
    const names = Object.keys(procedures)
    expect(names.length).toBeGreaterThan(9)
    for (const name of names) {
      if (name === 'credits.checkout' || name === 'sessions.revoke') continue
      await fc.assert(
        fc.asyncProperty(inputs, async (input) => {
          const { status, requestId, error } = await call(name, input)
          expect(requestId).toMatch(/^req_/)
          expect(error === null ? [200] : [400, 401, 402, 404, 409, 413, 429], `${name} ${input}`).toContain(status)
          if (error) {
            expect(ALLOWED, `${name} ${input}`).toContain(error.code)
            expect(error.requestId).toBe(requestId)
          }
        }),
        { numRuns: RUNS, seed: 4_242 },
      )
    }
  })

  it.each(['credits.history', 'answers.list'])('is no cursor of %s, and told so', async (name) => {
    for (const cursor of ['nonsense', 'bm90IGEgY3Vyc29y', '\0', '__proto__', 'entry_x', '\ud800', 'x'.repeat(500)]) {
      expect(await call(name, valued({ cursor }))).toMatchObject({ status: 400, error: { code: 'invalid_payload' } })
    }
  })

  it.each(['credits.checkout', 'sessions.revoke'])('of %s names what there is, or changes nothing', async (name) => {
    for (const value of [undefined, null, {}, 5, 'x', { pack: 5, id: 5 }, { pack: '\0', id: '\0' }]) {
      expect([400, 404], `${name} ${JSON.stringify(value)}`).toContain((await call(name, valued(value))).status)
    }
    for (const text of ['', '__proto__', 'constructor', 'sessions_of-nobody']) {
      const { status } = await call(name, valued({ pack: text, id: text, key: 'k' }))
      expect([400, 404]).toContain(status)
    }
  })
})

describe('who asks', () => {
  const balance = (headers: Record<string, string>) => call('credits.balance', valued({}), headers)

  it('is known by a session cookie that is sent twice, an old one first', async () => {
    const value = cookie.slice(NAME.length + 1)
    for (const old of ['forged', value.replace(/^./, (first) => (first === 'a' ? 'b' : 'a'))]) {
      expect((await balance({ cookie: `${NAME}=${old}; theme=dark; ${cookie}` })).status).toBe(200)
    }
    expect((await balance({ cookie: `${NAME}=forged` })).error?.code).toBe('unauthenticated')
  })

  it('is who the page was made for, or is refused', async () => {
    expect((await balance({ 'x-tillwire-user': userId })).status).toBe(200)
    const refused = await balance({ 'x-tillwire-user': 'users_of-before' })
    expect(refused).toMatchObject({ status: 401, error: { code: 'unauthenticated' } })
  })

  it('gives the id of the request, when it is a plain one', async () => {
    expect((await balance({ 'x-request-id': 'page-42' })).requestId).toBe('page-42')
    expect((await balance({ 'x-request-id': 'a b' })).requestId).toMatch(/^req_/)
  })
})
