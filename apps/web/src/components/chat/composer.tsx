'use client'

import { ArrowUp, Square } from 'lucide-react'
import { type KeyboardEvent, type RefObject, useId, useLayoutEffect, useRef } from 'react'
import { Button } from '../ui/button.tsx'
import { isComposing } from '../ui/is-composing.ts'
import { Quote } from './quote.tsx'
import type { AnswerRequest } from './turns.ts'
import type { Conversation } from './use-conversation.ts'

export interface ModelChoice {
  readonly name: string
  readonly maxOutputTokens: number
}

const LENGTHS = [512, 1_024, 4_096, 16_384]
const SELECT = 'h-8 max-w-full rounded-md bg-transparent px-1.5 text-muted hover:bg-sunken hover:text-text'

interface ComposerProps {
  readonly ref: RefObject<HTMLTextAreaElement | null>
  readonly text: string
  readonly onText: (text: string) => void
  readonly request: AnswerRequest
  readonly onRequest: (request: AnswerRequest) => void
  readonly models: readonly ModelChoice[]
  readonly conversation: Conversation
  readonly isBusy: boolean
  /** How many characters the question is too long, with all that was said before it. */
  readonly over: number
  readonly onSend: () => void
  readonly onStop: () => void
}

/** Where a question is written, with what it will cost. Enter sends, Shift and Enter start a line. */
export function Composer(props: ComposerProps) {
  const { ref, text, onText, request, onRequest, models, conversation, isBusy, over, onSend, onStop } = props
  const id = useId()
  const tooLong = useId()
  const longest = models.find(({ name }) => name === request.model)?.maxOutputTokens ?? Number.POSITIVE_INFINITY
  // What was written before the page's script ran is still in the field.
  const takeOver = useRef(onText)
  useLayoutEffect(() => {
    const written = ref.current?.value
    if (written) takeOver.current(written)
  }, [ref])
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || isComposing(event.nativeEvent)) return
    event.preventDefault()
    onSend()
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        onSend()
      }}
      className="sticky bottom-0 bg-page pb-4 max-sm:bottom-14"
    >
      <div className="rounded-md border border-line-strong bg-surface focus-within:border-accent">
        <label htmlFor={id} className="sr-only">
          Message
        </label>
        <textarea
          ref={ref}
          id={id}
          rows={1}
          value={text}
          onChange={(event) => onText(event.target.value)}
          onKeyDown={onKeyDown}
          aria-invalid={over > 0 || undefined}
          aria-describedby={over > 0 ? tooLong : undefined}
          placeholder="Ask anything"
          className="plain-run field-sizing-content block max-h-60 w-full resize-none bg-transparent px-3.5 pt-3 pb-1 outline-none placeholder:text-faint"
        />
        <div className="flex items-center gap-1 px-2 pb-2 text-sm max-sm:flex-wrap">
          <select
            aria-label="Model"
            className={`${SELECT} font-mono text-xs`}
            value={request.model}
            onChange={(event) => onRequest({ ...request, model: event.target.value })}
          >
            {models.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
          <select
            aria-label="Length at most"
            className={`${SELECT} text-xs`}
            value={request.maxOutputTokens}
            onChange={(event) => onRequest({ ...request, maxOutputTokens: Number(event.target.value) })}
          >
            {LENGTHS.filter((length) => length <= longest).map((length) => (
              <option key={length} value={length}>
                up to {length.toLocaleString('en-US')} tokens
              </option>
            ))}
          </select>
          <span className="ml-auto min-h-5 min-w-0 truncate px-2 text-right text-muted max-sm:order-last max-sm:w-full max-sm:text-xs">
            {over > 0 ? (
              <TooLong over={over} typed={text.trim().length} id={tooLong} />
            ) : (
              <Quote text={text} request={request} conversation={conversation} isBusy={isBusy} />
            )}
          </span>
          {isBusy ? (
            <Button key="stop" onClick={onStop} title="Stop (Escape)" className="max-sm:ml-auto max-sm:px-2.5">
              <Square size={14} aria-hidden="true" />
              <span className="max-sm:sr-only">Stop</span>
            </Button>
          ) : (
            <Button
              key="send"
              type="submit"
              variant="primary"
              disabled={!text.trim() || over > 0}
              className="max-sm:ml-auto max-sm:px-2.5"
            >
              <ArrowUp size={16} aria-hidden="true" />
              <span className="max-sm:sr-only">Send</span>
            </Button>
          )}
        </div>
      </div>
    </form>
  )
}

/** What is said of a question that would be refused, while it is written. */
function TooLong({ id, over, typed }: { id: string; over: number; typed: number }) {
  const count = `${over.toLocaleString('en-US')} ${over === 1 ? 'character' : 'characters'}`
  return (
    <span id={id} role="status" className="text-danger" translate="no">
      {over < typed ? `Too long by ${count}.` : 'This chat is too long to go on: start a new one.'}
    </span>
  )
}
