import { answerItems } from './answer-timeline.ts'
import { asAmounts, inCredits, ledgerItem, spentBy } from './ledger-item.ts'
import type { RequestDocuments } from './load-request.ts'
import { unbalanced } from './problems.ts'
import { runItems, runProblems } from './run-items.ts'
import { type Timeline, timelineOf } from './timeline.ts'

/** What a request did: the workflows and answers that it began, each movement of credits that came of it, and the sum. */
export function requestTimeline({ id, runs, answers, entries }: RequestDocuments): Timeline {
  const spent = entries.reduce((total, entry) => total + BigInt(spentBy(entry)), 0n)
  return timelineOf({
    subject: { kind: 'request', id },
    items: [...runs.flatMap(runItems), ...answers.flatMap(answerItems), ...entries.map(ledgerItem)],
    closing: [
      {
        kind: 'sum',
        id,
        says: `began ${runs.length} workflows and ${answers.length} answers, and spent ${inCredits(spent)} credits by its ${entries.length} entries`,
        refs: [],
        amounts: asAmounts({ entries: spent }),
      },
    ],
    problems: [...runs.flatMap(runProblems), ...entries.flatMap(unbalanced)],
  })
}
