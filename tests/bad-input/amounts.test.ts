import { credits, type Microcredits } from 'tillwire'
import type { CreateCustomerInput } from 'tillwire/commerce'
import { holderOf } from 'tillwire/credits'
import { users } from 'tillwire/sessions'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startWhole, type Whole } from '../../apps/server/tests/whole.ts'
import { main } from '../../packages/tillwire/src/cli/index.ts'
import { type Bystander, bystander } from '../support/bystander.ts'
import { CARD } from '../support/planted.ts'

/** Amounts that are none, or none that can be given. */
const NUMBERS = [0, -0, -1, -0.5, 0.5, 1e-7, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
const HUGE = [2 ** 53, 1e21, Number.MAX_VALUE]
const NO_NUMBERS = ['5', '', null, undefined, {}, [5], true, 5n]

let whole: Whole
let ada: Bystander
beforeAll(async () => {
  whole = await startWhole()
  ada = await bystander(whole, 'ada')
})
afterAll(() => whole[Symbol.asyncDispose]())

/** Requests that would change something at Stripe. */
async function stripeCounts(): Promise<Record<string, number>> {
  return (await (await fetch(`${whole.env.STRIPE_API_BASE}/_emulator/state`)).json()).counts
}

describe('tillwire grant', () => {
  beforeAll(() => {
    for (const [name, value] of Object.entries(whole.env)) vi.stubEnv(name, value)
  })
  afterAll(() => vi.unstubAllEnvs())

  /** The command's exit code and what it said. */
  async function grant(...args: string[]): Promise<{ code: number; said: string }> {
    using out = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    using err = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    const code = await main(['grant', ...args])
    return { code, said: [...out.mock.calls, ...err.mock.calls].flat().join('') }
  }

  it('gives no amount that is not a positive number of at most six decimals', async () => {
    const amounts = ['-5', '0', '0.0000001', '1e3', 'NaN', 'Infinity', '', '0x10', '1,000', '9'.repeat(30)]
    for (const amount of amounts) {
      const { code, said } = await grant('--key', 'k', '--', ada.email, amount)
      expect([amount, code]).toEqual([amount, 2])
      expect(said).not.toMatch(/\.ts:|node_modules/)
    }
    await ada.expectUnharmed()
  })

  it('gives nothing to nobody, without a key, or until no time', async () => {
    expect((await grant('nobody@example.com', '5', '--key', 'k')).code).toBe(1)
    expect((await grant(ada.email, '5')).code).toBe(2)
    expect((await grant(ada.email, '5', '--key', 'k', '--expires', 'soon')).code).toBe(2)
    await ada.expectUnharmed()
  })
})

describe('the ledger', () => {
  it('moves no amount that is not a whole number above zero', async () => {
    const holder = holderOf(ada.userId)
    const source = { kind: 'manual' } as const
    for (const [at, bad] of [...NUMBERS, ...HUGE, ...NO_NUMBERS].entries()) {
      const amount = bad as Microcredits
      const key = `bad-${at}`
      const ledger = whole.tillwire.credits
      for (const move of [
        ledger.grant({ holder, amount, key, source }),
        ledger.reserve({ holder, max: amount, key, ttl: '1m' }),
        ledger.spend({ holder, amount, key }),
      ]) {
        await expect(move, `${String(bad)}`).rejects.toMatchObject({ code: 'invalid_amount' })
      }
    }
    await expect(
      whole.tillwire.credits.grant({ holder, amount: Number.MAX_SAFE_INTEGER as Microcredits, key: 'most', source }),
    ).rejects.toMatchObject({ code: 'balance_too_large' })
    await ada.expectUnharmed()
  })
})

describe('chargeCustomer', () => {
  it('charges no amount, currency or description that is none', async () => {
    const { commerce } = whole.tillwire
    await commerce.createCustomer({ email: ada.email })
    const before = await stripeCounts()
    const usd = { amount: 500, currency: 'usd' }
    const wrong: [unknown, unknown][] = [
      ...[...NUMBERS, ...HUGE, 100_000_000, ...NO_NUMBERS].map((amount): [unknown, unknown] => [
        { ...usd, amount },
        'x',
      ]),
      ...['', 'us', 'dollars', 'u$d', null, 7].map((currency): [unknown, unknown] => [{ ...usd, currency }, 'x']),
      ...['', ' ', 'x'.repeat(501), null, 7].map((description): [unknown, unknown] => [usd, description]),
      [null, 'x'],
      [undefined, 'x'],
      [500, 'x'],
    ]
    for (const [money, description] of wrong) {
      const charge = commerce.chargeCustomer(ada.email, money as never, description as never)
      await expect(charge, `${String(money)} ${String(description)}`).rejects.toMatchObject({ code: 'invalid_charge' })
    }
    const card = commerce.chargeCustomer(ada.email, usd, 'x', { paymentMethod: CARD.replaceAll(' ', '') })
    await expect(card).rejects.toMatchObject({ code: 'invalid_charge' })
    await expect(commerce.chargeCustomer('nobody@example.com', usd, 'x')).rejects.toMatchObject({ code: 'not_found' })
    expect(await stripeCounts()).toEqual(before)
    await ada.expectUnharmed()
  })
})

describe('createCustomer', () => {
  it('makes nobody of what is no customer', async () => {
    const before = [await stripeCounts(), await whole.tillwire.store.collection(users).count()]
    const email = 'new@example.com'
    const wrong: unknown[] = [
      ...['', 'x', '@', 'a@', `${'a'.repeat(400)}@here.com`, 'a b@here.com', 'a@here.com\0'],
      ...[null, undefined, 7, [], [email], true, {}],
      { email: { $ne: '' } },
      { email, __proto__: { firstName: 'Ada' }, isAdmin: true },
      JSON.parse(`{"email":"${email}","__proto__":{"isAdmin":true}}`),
      { email, firstName: 'x'.repeat(10_000) },
      { email, phone: -1 },
      { email, address: { country: 'Atlantis' } },
      { email, username: 'x'.repeat(10_000) },
      { email, username: 'half\ud800' },
      { email, username: 'a\0b' },
      { email, credits: 1_000 },
    ]
    for (const input of wrong) {
      const made = Promise.resolve().then(() => whole.tillwire.commerce.createCustomer(input as CreateCustomerInput))
      await expect(made, `${JSON.stringify(input)}`).rejects.toMatchObject({ code: 'invalid_customer' })
    }
    expect([await stripeCounts(), await whole.tillwire.store.collection(users).count()]).toEqual(before)
    await ada.expectUnharmed()
  })
})

describe('checkout and refunds', () => {
  it('sells no pack that there is not, and refunds no amount that is none', async () => {
    const { commerce } = whole.tillwire
    for (const pack of ['', 'none', '__proto__', 'constructor'])
      await expect(commerce.checkout({ username: ada.email, pack })).rejects.toMatchObject({ code: 'unknown_pack' })
    for (const payment of ['', 'pi_none', '__proto__'])
      await expect(commerce.refundPack({ payment })).rejects.toMatchObject({ code: 'not_found' })
    await ada.expectUnharmed()
  })
})

describe('answers', () => {
  it('quotes no limit that is none', async () => {
    const messages = [{ role: 'user' as const, content: 'Why?' }]
    for (const bad of [...NUMBERS, ...HUGE, ...NO_NUMBERS]) {
      // Left out, it is the model's own.
      if (bad === undefined) continue
      const maxOutputTokens = bad as number
      const start = whole.tillwire.answers.start({ userId: ada.userId, key: 'k', messages, maxOutputTokens })
      await expect(start, `${String(bad)}`).rejects.toMatchObject({ code: 'invalid_payload' })
    }
    const most = await whole.tillwire.answers.quote({ messages, maxOutputTokens: Number.MAX_SAFE_INTEGER })
    expect(most.max).toBeGreaterThan(0)
    expect(most.max).toBeLessThan(credits(1_000))
    await ada.expectUnharmed()
  })
})
