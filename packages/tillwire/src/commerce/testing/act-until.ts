/**
 * Makes a customer, or charges one, in a process of its own, which kills itself with SIGKILL at one record of that
 * workflow. Takes JSON as its argument: { emulatorUrl, url, email, act: 'create' | 'charge', point: { record, step, when } }.
 */
import type { RunPoint } from '../../workflow/index.ts'
import { openShop } from './open-shop.ts'

const { emulatorUrl, url, email, act, point } = JSON.parse(process.argv[2] ?? '')
const workflow = act === 'create' ? 'commerce.create-customer' : 'commerce.charge-customer'

function isPoint({ workflow: of, record, step, when }: RunPoint): boolean {
  return of === workflow && record === point.record && step === point.step && when === point.when
}

const shop = await openShop({
  emulatorUrl,
  url,
  observer: {
    reached(reached) {
      if (isPoint(reached)) process.kill(process.pid, 'SIGKILL')
    },
  },
})
const { commerce } = shop
if (act === 'create') await commerce.createCustomer(email).catch(() => {})
else await commerce.chargeCustomer(email, { amount: 1_999, currency: 'usd' }, 'Two hours', { key: 'k' }).catch(() => {})
await shop[Symbol.asyncDispose]()
