'use client'

import dynamic from 'next/dynamic'
import { Skeleton } from '../ui/skeleton.tsx'
import { AnswerEnd } from './answer-end.tsx'
import { ReceiptLine } from './receipt-line.tsx'
import { RunningCost } from './running-cost.tsx'
import type { Conversation } from './use-conversation.ts'

const Markdown = dynamic(() => import('./markdown.tsx').then((module) => module.Markdown))

/** What was asked and answered; the last answer as it is written. */
export function Thread(props: { conversation: Conversation; onRetry: () => void; onContinue: () => void }) {
  const { conversation, onRetry, onContinue } = props
  const { messages, answer, loading } = conversation
  if (loading) return <ThreadSkeleton />
  return (
    <section aria-label="Conversation" className="space-y-6">
      {messages.map(({ role, content }, index) => {
        // Messages are only ever added at the end.
        const key = `${role}-${index}`
        if (role === 'system') return null
        return role === 'user' ? (
          <p
            key={key}
            className="plain-run ml-auto w-fit max-w-[85%] whitespace-pre-wrap break-words rounded-md bg-sunken px-4 py-2.5"
          >
            {content}
          </p>
        ) : (
          <div key={key} className="prose">
            <Markdown text={content} />
          </div>
        )
      })}
      {answer && (
        <article aria-label="Answer" aria-busy={answer.phase !== 'ended'} className="space-y-3">
          {(answer.text || answer.phase !== 'ended') && (
            // While it grows a translator would replace what grows; once whole, it is put in anew, to be translated.
            <div
              key={answer.phase === 'ended' ? 'whole' : 'growing'}
              data-testid="answer"
              className="prose min-h-6"
              translate={answer.phase === 'ended' ? undefined : 'no'}
            >
              {answer.text && <Markdown text={answer.text} streaming={answer.phase === 'streaming'} />}
            </div>
          )}
          {answer.phase === 'ended' ? (
            <>
              <AnswerEnd answer={answer} onRetry={onRetry} onContinue={onContinue} />
              {answer.receiptId && <ReceiptLine answer={answer} receiptId={answer.receiptId} />}
              {answer.outcome && !answer.receiptId && <p className="text-muted text-sm">Nothing was charged.</p>}
            </>
          ) : (
            <RunningCost answer={answer} />
          )}
          <p className="sr-only" role="status">
            {answer.phase === 'ended' ? 'The answer has ended.' : 'The answer is being written.'}
          </p>
        </article>
      )}
    </section>
  )
}

function ThreadSkeleton() {
  return (
    <div role="status" className="space-y-6">
      <span className="sr-only">Loading the conversation</span>
      <Skeleton className="ml-auto h-11 w-1/2" />
      <div className="space-y-3">
        <Skeleton className="h-4 w-full" />
        <Skeleton className="h-4 w-11/12" />
        <Skeleton className="h-4 w-3/4" />
      </div>
    </div>
  )
}
