import type { Output } from '../output.ts'
import { withTillwire } from '../with-tillwire.ts'

/** `tillwire check`: ledger, store, and payments against grants. Reads only. */
export async function check(output: Output): Promise<boolean> {
  return await withTillwire(async (tillwire) => {
    const store = await tillwire.store.check()
    const ledger = await tillwire.credits.check()
    const payments = await tillwire.commerce.check()
    const problems = [...store.problems, ...ledger.problems, ...payments.problems]
    const checked = { documents: store.documents, ...ledger.checked, ...payments.checked }
    output.result({ ok: problems.length === 0, problems, checked }, [
      ...problems.map((problem) => `${problem.code} ${problem.id}: ${problem.message}`),
      `Checked ${Object.entries(checked)
        .map(([name, count]) => `${count} ${name}`)
        .join(', ')}.`,
      problems.length === 0 ? 'No problems.' : `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}.`,
    ])
    return problems.length === 0
  })
}
