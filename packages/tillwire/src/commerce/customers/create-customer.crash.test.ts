import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { manualClock } from '../../core/index.ts'
import { users } from '../../sessions/index.ts'
import type { RunPoint } from '../../workflow/index.ts'
import { CustomerExists } from '../errors.ts'
import { customerClaims } from '../schema.ts'
import { LocalStripe, openShop } from '../testing/open-shop.ts'
import { KillFolder, type KillPoint } from '../testing/run-until.ts'

const EMAIL = 'user@here.com'

type Record = readonly [record: RunPoint['record'], step: string | null]
const whole: Record[] = [
  ['start', null],
  ['intent', 'claim-username'],
  ['result', 'claim-username'],
  ['intent', 'create-stripe-customer'],
  ['result', 'create-stripe-customer'],
  ['intent', 'link'],
  ['result', 'link'],
  ['complete', null],
]
/** When the customer was made, no answer ever came, and it is found and deleted in the end. */
const unanswered: Record[] = [
  ['fail', null],
  ['result', 'create-stripe-customer'],
  ['undone', 'create-stripe-customer'],
  ['undone', 'claim-username'],
  ['end', null],
]
const points = (records: Record[]) =>
  records.flatMap(([record, step]) => (['before', 'after'] as const).map((when) => ({ record, step, when })))

let folder: KillFolder
beforeAll(async () => {
  folder = await KillFolder.open()
})
afterAll(() => folder.remove())

/** Kills a process at a point, recovers in this one, and tells what there is then. */
async function killAndRecover(point: KillPoint, fault?: Parameters<LocalStripe['fault']>[0]) {
  const local = await LocalStripe.start()
  const url = folder.newUrl()
  if (fault) await local.fault(fault)
  expect(await folder.runUntil('create', point, local.url, url), `${JSON.stringify(point)} was reached`).toBe('SIGKILL')

  const clock = manualClock(new Date())
  const shop = await openShop({ emulatorUrl: local.url, url, clock })
  clock.advance('11s')
  await shop.workflows.recover()
  const found = {
    atStripe: (await local.counts()).customers,
    users: await shop.store.collection(users).count({ username: EMAIL }),
    claims: await shop.store.collection(customerClaims).count(),
    linked: (await shop.commerce.getCustomer(EMAIL)) !== null,
  }
  const again = await shop.commerce.createCustomer(EMAIL).then(
    () => 'made',
    (error) => (CustomerExists.is(error) ? 'exists' : error),
  )
  const atStripe = (await local.counts()).customers
  await shop[Symbol.asyncDispose]()
  await local.close()
  return { ...found, again, finally: atStripe }
}

const taken = { atStripe: 1, users: 1, claims: 0, linked: true, again: 'exists', finally: 1 }
const free = { atStripe: 0, users: 0, claims: 0, linked: false, again: 'made', finally: 1 }

describe.concurrent('createCustomer killed by SIGKILL', () => {
  it.each(points(whole))('is whole or nothing: $when $record of $step', async (point) => {
    const begun = point.record !== 'start' || point.when === 'after'
    expect(await killAndRecover(point)).toEqual(begun ? taken : free)
  })

  it.each(points(unanswered))('is undone when no answer came: $when $record of $step', async (point) => {
    const fault = {
      method: 'POST',
      path: '/v1/customers',
      phase: 'after',
      kind: 'error',
      status: 503,
      times: 3,
    } as const
    // A failure that is not on record has not happened: the run goes on, and Stripe answers again.
    const failed = point.record !== 'fail' || point.when === 'after'
    expect(await killAndRecover(point, fault)).toEqual(failed ? free : taken)
  })
})
