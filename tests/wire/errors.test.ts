import { defineFeature, TillwireError } from 'tillwire'
import { ERROR_CODES } from 'tillwire/protocol'
import { httpStatusOf, WIRE_CODES } from 'tillwire/sockets'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Client, startWhole, type Whole } from '../../apps/server/tests/whole.ts'
import { type ErrorClass, errorClasses, INNER } from '../support/error-classes.ts'

const LONGEST_MESSAGE = 500
/** No class has these: what throws them was not thought of. */
class Unforeseen extends TillwireError {
  constructor() {
    super('made_up', INNER, { details: { path: INNER }, retryable: true })
  }
}
const known = await errorClasses()
const thrown: readonly { readonly name: string; make(): unknown }[] = [
  ...known,
  { name: 'a code that nobody knows', make: () => new Unforeseen() },
  { name: 'a plain error', make: () => new Error(INNER) },
  {
    name: 'an error with a code and a status',
    make: () => Object.assign(new Error(INNER), { code: INNER, status: 700 }),
  },
  { name: 'a text', make: () => INNER },
  { name: 'nothing', make: () => undefined },
]
const throwing = defineFeature({
  name: 'throwing',
  events: {
    authenticated: {
      'test:throw': {
        input: z.object({ index: z.int() }),
        ack: z.object({}),
        handle(_, { index }) {
          throw thrown[index]?.make()
        },
      },
    },
  },
  routes(router) {
    router.get('/test/throw/:index', ({ params }) => {
      throw thrown[Number(params.index)]?.make() ?? new Error()
    })
  },
})

let whole: Whole
let client: Client
beforeAll(async () => {
  // There are more classes than events that a socket may send at once.
  whole = await startWhole({ features: [throwing], limits: { eventBurstPerSocket: 1_000 } })
  client = await whole.open((await whole.signUp('ada')).cookie)
})
afterAll(() => whole[Symbol.asyncDispose]())

interface Told {
  readonly code: string
  readonly message: string
  readonly requestId: string
  readonly retryable?: boolean
  readonly details?: object
}

/** What may be told whatever the error is. */
function expectBounded(told: Told) {
  expect(ERROR_CODES).toContain(told.code)
  expect(told.message.length).toBeGreaterThan(5)
  expect(told.message.length).toBeLessThanOrEqual(LONGEST_MESSAGE)
  expect(told.requestId).toMatch(/^req_/)
}

describe('an error of every class', () => {
  it('has a code of the protocol, or one that the table of the wire maps to it', () => {
    expect(known.length).toBeGreaterThan(80)
    const unmapped = known.filter(({ code }) => !isWire(code) && !Object.hasOwn(WIRE_CODES, code))
    expect(unmapped.map(({ name, code }) => `${name}: add ${code} to WIRE_CODES of sockets/wire-error.ts`)).toEqual([])
    const unused = Object.keys(WIRE_CODES).filter((code) => isWire(code) || !known.some((error) => error.code === code))
    expect(unused).toEqual([])
  })

  it.each(thrown.map(({ name, make }, index) => ({ name, index, make })))(
    'tells a code of the protocol and nothing from inside, on sockets and HTTP: $name',
    async ({ index, make }) => {
      const ack = await client.ask('test:throw', { index })
      if (ack.ok) throw new Error('it was not refused')
      const { error } = ack
      expectBounded(error as Told)
      const answer = await fetch(`${whole.url}/test/throw/${index}`)
      const body = (await answer.json()) as { error: Told }
      expectBounded(body.error)
      expect([answer.status, body.error.code]).toEqual([httpStatusOf(error.code), error.code])
      expect(Object.keys(body.error).toSorted()).toEqual(['code', 'message', 'requestId'])
      expect(body.error.message).toBe(error.message)

      const made = make()
      const code = (made as Partial<ErrorClass> | undefined)?.code ?? ''
      if (isWire(code) && error.code === code) return
      expect(JSON.stringify([ack, body])).not.toContain(INNER)
      expect(error.details).toBeUndefined()
      expect(error.code).toBe(WIRE_CODES[code] ?? 'internal')
      expect(error.retryable).toBe(['unavailable', 'rate_limited'].includes(error.code))
    },
  )
})

function isWire(code: string): boolean {
  return ERROR_CODES.some((wire) => wire === code)
}
