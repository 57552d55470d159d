'use client'

import type { AnswerView } from '@tillwire/client'
import type { ReactNode } from 'react'
import { keepUnfinishedChat } from '../../unfinished-chat.ts'
import { Button, ButtonLink } from '../ui/button.tsx'
import { Notice } from '../ui/notice.tsx'

const NEEDS_CREDITS = ['out_of_credits', 'debt_outstanding']
/** Asked again, the same question ends the same way. */
const NEEDS_ANOTHER_QUESTION = ['invalid_payload', 'prompt_too_long']

/** Why an answer ended where it did, and what can be done; nothing when it is whole. */
export function AnswerEnd(props: { answer: AnswerView; onRetry: () => void; onContinue: () => void }) {
  const { answer, onRetry, onContinue } = props
  const { outcome, error, truncated, withheld, text, answerId } = answer
  const buy = (
    <ButtonLink variant="primary" href="/credits" onClick={() => answerId && keepUnfinishedChat(answerId)}>
      Buy credits
    </ButtonLink>
  )
  if (outcome === 'out_of_credits') {
    return (
      <Notice
        tone="warning"
        action={
          <div className="flex gap-2">
            {buy}
            {text && <Button onClick={onContinue}>Go on</Button>}
          </div>
        }
      >
        Your credits ran out here. What is written is paid for and kept.
      </Notice>
    )
  }
  if (error || outcome === 'failed') {
    return (
      <Notice tone="danger" action={wayOut(error?.code ?? '', { buy, onRetry })}>
        {error?.message ?? 'The answer broke off. You paid only for what is written.'}
      </Notice>
    )
  }
  if (withheld === 'refusal') {
    return <Notice tone="warning">The model declined to answer this. Ask in other words.</Notice>
  }
  if (truncated) {
    return <Notice action={<Button onClick={onContinue}>Go on</Button>}>It reached the length that you allowed.</Notice>
  }
  return null
}

function wayOut(code: string, { buy, onRetry }: { buy: ReactNode; onRetry: () => void }): ReactNode {
  if (NEEDS_CREDITS.includes(code)) return buy
  return NEEDS_ANOTHER_QUESTION.includes(code) ? null : <Button onClick={onRetry}>Try again</Button>
}
