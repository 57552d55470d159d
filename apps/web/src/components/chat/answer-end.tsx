'use client'

import type { AnswerView } from '@tillwire/client'
import { keepUnfinishedChat } from '../../unfinished-chat.ts'
import { Button, ButtonLink } from '../ui/button.tsx'
import { Notice } from '../ui/notice.tsx'

const NEEDS_CREDITS = ['out_of_credits', 'debt_outstanding']

/** Why an answer ended where it did, and what can be done; nothing when it is whole. */
export function AnswerEnd(props: { answer: AnswerView; onRetry: () => void; onContinue: () => void }) {
  const { answer, onRetry, onContinue } = props
  const { outcome, error, truncated, text, answerId } = answer
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
    const needsCredits = NEEDS_CREDITS.includes(error?.code ?? '')
    return (
      <Notice tone="danger" action={needsCredits ? buy : <Button onClick={onRetry}>Try again</Button>}>
        {error?.message ?? 'The answer broke off. You paid only for what is written.'}
      </Notice>
    )
  }
  if (truncated) {
    return <Notice action={<Button onClick={onContinue}>Go on</Button>}>It reached the length that you allowed.</Notice>
  }
  return null
}
