/**
 * Makes a customer in a process of its own, which kills itself with SIGKILL at one record of the
 * run. Takes JSON as its argument: { emulatorUrl, url, email, point: { record, step, when } }.
 */
import type { RunPoint } from '../../workflow/index.ts'
import { openShop } from './open-shop.ts'

const { emulatorUrl, url, email, point } = JSON.parse(process.argv[2] ?? '')

function isPoint({ record, step, when }: RunPoint): boolean {
  return record === point.record && step === point.step && when === point.when
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
await shop.commerce.createCustomer(email).catch(() => {})
await shop[Symbol.asyncDispose]()
