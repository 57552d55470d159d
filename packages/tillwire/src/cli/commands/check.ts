import { StripeUnavailable } from '../../commerce/index.ts'
import { checkSignUpCredits } from '../../sign-up-credits.ts'
import type { Tillwire } from '../../tillwire.ts'
import type { Output } from '../output.ts'
import { withTillwire } from '../with-tillwire.ts'

interface Found {
  readonly problems: readonly { readonly code: string; readonly id: string; readonly message: string }[]
  readonly checked: Readonly<Record<string, number>>
  readonly notes: readonly string[]
}

/** `tillwire check`: ledger, store, answers, payments against grants, and runs that wait for an operator. Reads only. */
export async function check(output: Output): Promise<boolean> {
  return await withTillwire(async (tillwire) => {
    const store = await tillwire.store.check()
    const ledger = await tillwire.credits.check()
    const answers = await tillwire.answers.check()
    const payments = await checkPayments(tillwire)
    const runs = await tillwire.workflows.check()
    const signUps = { problems: await checkSignUpCredits(tillwire.store) }
    const parts = [ledger, answers, payments, runs]
    const problems = [store, ...parts, signUps].flatMap((part) => part.problems)
    const checked: Found['checked'] = Object.assign(
      { documents: store.documents },
      ...parts.map((part) => part.checked),
    )
    const ok = problems.length === 0
    output.result({ ok, problems, checked, totals: ledger.totals, notes: payments.notes }, [
      ...problems.map((problem) => `${problem.code} ${problem.id}: ${problem.message}`),
      `Checked ${Object.entries(checked)
        .map(([name, count]) => `${count} ${name}`)
        .join(', ')}.`,
      ...payments.notes,
      ok ? 'No problems.' : `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}.`,
    ])
    return ok
  })
}

/** An emulator that is not running is no problem of the data, and is said; Stripe out of reach is one. */
async function checkPayments(tillwire: Tillwire): Promise<Found> {
  try {
    return { ...(await tillwire.commerce.check()), notes: [] }
  } catch (error) {
    if (!StripeUnavailable.is(error)) throw error
    if (tillwire.settings.stripe.emulatorPort !== null) {
      return {
        problems: [],
        checked: {},
        notes: ['Payments were not compared: the Stripe emulator is not running (npm start runs it).'],
      }
    }
    return { problems: [{ code: error.code, id: 'stripe', message: error.message }], checked: {}, notes: [] }
  }
}
