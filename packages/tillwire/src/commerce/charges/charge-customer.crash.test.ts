import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { manualClock } from '../../core/index.ts'
import { charges } from '../schema.ts'
import { LocalStripe, openShop } from '../testing/open-shop.ts'
import { KillFolder, type KillPoint } from '../testing/run-until.ts'

const EMAIL = 'user@here.com'
const price = { amount: 1_999, currency: 'usd' }
const STEPS = [
  'find-customer',
  'choose-card',
  'record-charge',
  'create-intent',
  'keep-intent',
  'confirm',
  'confirm-charge',
]
/** Before a record all that the step before it did is done, and not known of. */
const points: KillPoint[] = [
  ...STEPS.flatMap((step) =>
    (['intent', 'result'] as const).map((record) => ({ record, step, when: 'before' as const })),
  ),
  { record: 'complete', step: null, when: 'before' },
  { record: 'complete', step: null, when: 'after' },
]
/** When no answer tells of the charge, and the money goes back. */
const unanswered: KillPoint[] = [
  { record: 'fail', step: null, when: 'before' },
  { record: 'fail', step: null, when: 'after' },
  { record: 'undone', step: 'create-intent', when: 'before' },
  { record: 'undone', step: 'record-charge', when: 'before' },
  { record: 'end', step: null, when: 'before' },
]

let folder: KillFolder
beforeAll(async () => {
  folder = await KillFolder.open()
})
afterAll(() => folder.remove())

/** Kills a charge at a point, recovers in this process, repeats the call under its key, and tells what there is then. */
async function killAndRecover(point: KillPoint, fault?: Parameters<LocalStripe['fault']>[0]) {
  const local = await LocalStripe.start()
  const url = folder.newUrl()
  const before = await openShop({ emulatorUrl: local.url, url })
  const { stripeCustomerId: customer } = await before.commerce.createCustomer(EMAIL)
  await before.stripe.paymentMethods.attach('pm_card_visa', { customer })
  await before[Symbol.asyncDispose]()
  if (fault) await local.fault(fault)
  expect(await folder.runUntil('charge', point, local.url, url), `${JSON.stringify(point)} was reached`).toBe('SIGKILL')

  await local.clearFaults()
  const clock = manualClock(new Date())
  const shop = await openShop({ emulatorUrl: local.url, url, clock })
  clock.advance('11s')
  await shop.workflows.recover()
  const told = await shop.commerce.chargeCustomer(EMAIL, price, 'Two hours', { key: 'k' }).then(
    ({ status }) => status,
    (error) => error.code,
  )
  const [charge, ...others] = (await shop.store.collection(charges).find()).items
  const { data } = await shop.stripe.charges.list({ limit: 100 })
  const kept = data.reduce((sum, { amount_captured, amount_refunded }) => sum + amount_captured - amount_refunded, 0)
  const open = (await shop.stripe.paymentIntents.list()).data.filter(({ status }) => /^requires_/.test(status))
  await shop[Symbol.asyncDispose]()
  await local.close()
  return { told, kept, status: charge?.status, others: others.length, made: data.length, open: open.length }
}

const charged = { told: 'succeeded', kept: 1_999, status: 'succeeded', others: 0, made: 1, open: 0 }

describe.concurrent('chargeCustomer killed by SIGKILL', () => {
  it.each(points)('has charged once, and says so under its key: $when $record of $step', async (point) => {
    expect(await killAndRecover(point)).toEqual(charged)
  })

  it.each(unanswered)('has given the money back when no answer came: $when $record of $step', async (point) => {
    const path = '/v1/payment_intents/*/confirm'
    const fault = { method: 'POST', path, phase: 'after', kind: 'error', status: 503, times: 3 } as const
    // A failure that is not on record has not happened: the run goes on, and Stripe answers again.
    const failed = point.record !== 'fail' || point.when === 'after'
    const given = { ...charged, told: 'stripe_unavailable', kept: 0, status: 'failed' }
    expect(await killAndRecover(point, fault)).toEqual(failed ? given : charged)
  })
})
