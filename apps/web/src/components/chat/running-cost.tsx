import type { AnswerView } from '@tillwire/client'
import { Amount } from '../ui/amount.tsx'

/** What an answer has cost so far, while it is written. */
export function RunningCost({ answer }: { answer: AnswerView }) {
  return (
    <p translate="no" className="flex items-center gap-2 text-muted text-sm">
      <span aria-hidden="true" className="size-1.5 motion-safe:animate-pulse-soft rounded-full bg-accent" />
      <span data-testid="cost" data-microcredits={answer.spent}>
        <Amount microcredits={answer.spent} unit className="text-text" />
      </span>{' '}
      so far
      {answer.max !== null && (
        <span className="text-faint">
          of at most <Amount microcredits={answer.max} />
        </span>
      )}
    </p>
  )
}
