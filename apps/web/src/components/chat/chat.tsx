'use client'

import { useSearchParams } from 'next/navigation'
import { useEffect, useRef, useState } from 'react'
import { ButtonLink } from '../ui/button.tsx'
import { isComposing } from '../ui/is-composing.ts'
import { Notice } from '../ui/notice.tsx'
import { useDraft } from '../ui/use-draft.ts'
import { AnswerList } from './answer-list.tsx'
import { Composer, type ModelChoice } from './composer.tsx'
import { Thread } from './thread.tsx'
import { type AnswerRequest, charactersOver, nextMessages } from './turns.ts'
import { useConversation } from './use-conversation.ts'
import { useStickToEnd } from './use-stick-to-end.ts'
import { useStreamingElsewhere } from './use-streaming-elsewhere.ts'

const USUAL_LIMIT = 4_096

interface ChatProps {
  readonly models: readonly ModelChoice[]
  readonly defaultModel: string
  /** The longest prompt, all messages together. */
  readonly maxPromptCharacters: number
}

/** Ask, watch it being written and paid, stop, go on. */
export function Chat({ models, defaultModel, maxPromptCharacters }: ChatProps) {
  const conversation = useConversation()
  const { messages, answer, loading, problem, ask, retry, stop, startAnew } = conversation
  const [text, setText] = useDraft('question')
  const [request, setRequest] = useState<AnswerRequest>({ model: defaultModel, maxOutputTokens: USUAL_LIMIT })
  const composer = useRef<HTMLTextAreaElement>(null)
  const isBusy = answer !== null && answer.phase !== 'ended'
  const over = charactersOver(nextMessages(messages, answer, text.trim()), maxPromptCharacters)
  const isNew = messages.length === 0 && !loading && !problem
  const growing = useStickToEnd()
  useStreamingElsewhere(useSearchParams().has('answer'))

  useEffect(() => {
    if (!isBusy) return
    const onKey = (event: KeyboardEvent) => {
      if (
        event.key === 'Escape' &&
        !event.defaultPrevented &&
        !isComposing(event) &&
        !document.querySelector('dialog[open]')
      )
        stop()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  })
  // A question that was refused outright comes back to be changed.
  const refused = answer?.phase === 'ended' && answer.answerId === null
  const question = messages.at(-1)?.content ?? ''
  const returned = useRef<typeof answer>(null)
  useEffect(() => {
    if (!refused || returned.current === answer) return
    returned.current = answer
    if (!text) setText(question)
  }, [refused, answer, question, text, setText])

  const send = () => {
    if (!text.trim() || over > 0 || isBusy) return
    ask(text.trim(), request)
    setText('')
  }
  return (
    <div className="-my-8 grid min-h-[calc(100dvh-5.5rem)] gap-x-8 max-sm:-mb-10 max-sm:min-h-[calc(100dvh-9.75rem)] max-lg:grid-rows-[auto_1fr] lg:grid-cols-[14rem_minmax(0,1fr)]">
      <AnswerList
        currentId={answer?.answerId ?? null}
        onNew={() => {
          startAnew()
          composer.current?.focus()
        }}
      />
      <div className="flex min-w-0 flex-col">
        <div ref={growing} className="grow py-6">
          {problem && (
            <Notice tone="danger" action={<ButtonLink href="/chat">New chat</ButtonLink>}>
              {problem}
            </Notice>
          )}
          {isNew && <Welcome />}
          <Thread
            conversation={conversation}
            onRetry={() => retry(request)}
            onContinue={() => ask('Go on from where you stopped.', request)}
          />
        </div>
        <Composer
          ref={composer}
          text={text}
          onText={setText}
          request={request}
          onRequest={setRequest}
          models={models}
          conversation={conversation}
          isBusy={isBusy}
          over={over}
          onSend={send}
          onStop={stop}
        />
      </div>
    </div>
  )
}

function Welcome() {
  return (
    <div className="pt-[12vh] text-center">
      <h1 className="font-semibold text-xl tracking-tight">What would you like to know?</h1>
      <p className="mx-auto mt-2 max-w-sm text-muted text-sm">
        The most it can cost stands beside the button before you send. You pay for what is written, and nothing else.
      </p>
    </div>
  )
}
