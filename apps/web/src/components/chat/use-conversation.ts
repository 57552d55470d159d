'use client'

import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { AnswerView } from '@tillwire/client'
import { useAnswer } from '@tillwire/client/react'
import { useSearchParams } from 'next/navigation'
import { useEffect, useRef, useState } from 'react'
import type { Message } from 'tillwire/protocol'
import { codeOf, messageOf, useTRPC } from '../../trpc.ts'
import { type AnswerRequest, endedView, nextMessages } from './turns.ts'

export interface Conversation {
  /** What was said before the current answer; its last message is the question. */
  readonly messages: readonly Message[]
  readonly answer: AnswerView | null
  readonly model: string | null
  readonly loading: boolean
  /** Why the answer of the address cannot be shown. */
  readonly problem: string | null
  ask(text: string, request: AnswerRequest): void
  /** Asks the same again. */
  retry(request: AnswerRequest): void
  stop(): void
  startAnew(): void
}

interface Turn {
  readonly messages: readonly Message[]
  readonly model: string
}

/**
 * The conversation on the page. It is kept by its latest answer alone, whose id is in the address: a
 * reload, another device or a link find all of it there, and go on streaming where it streams.
 */
export function useConversation(): Conversation {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const { answer: live, start, resume, stop, reset } = useAnswer()
  const [turn, setTurn] = useState<Turn | null>(null)
  const addressed = useSearchParams().get('answer')
  const shownId = live?.answerId ?? null
  const phase = live?.phase ?? null
  // What the address still says while a question that was asked there, or a new chat, gets its own.
  const [askedFrom, setAskedFrom] = useState<string | null>(null)
  if (askedFrom !== null && addressed === shownId) setAskedFrom(null)
  const isElsewhere = addressed !== null && addressed !== shownId && addressed !== askedFrom
  const stored = useQuery({
    ...trpc.answers.get.queryOptions({ id: addressed ?? '' }),
    enabled: isElsewhere,
    refetchOnMount: 'always',
  })
  const loaded = isElsewhere ? stored.data : undefined

  // A stored answer that still streams is followed from where its text was read.
  const streamingId = loaded?.outcome === 'streaming' ? loaded.id : null
  const following = useRef<string | null>(null)
  useEffect(() => {
    if (!streamingId || !loaded || following.current === streamingId) return
    following.current = streamingId
    setTurn({ messages: loaded.messages, model: loaded.model })
    resume({ answerId: streamingId, text: loaded.text, spent: loaded.spent })
  })

  // The address names the answer as soon as it has an id.
  const announced = useRef<string | null>(null)
  useEffect(() => {
    if (!shownId || announced.current === shownId) return
    announced.current = shownId
    following.current = shownId
    window.history.replaceState(null, '', `/chat?answer=${encodeURIComponent(shownId)}`)
  }, [shownId])

  // What ended is in the list of answers, with what it cost.
  useEffect(() => {
    if (phase === 'streaming' || phase === 'ended') void queries.invalidateQueries(trpc.answers.list.pathFilter())
  }, [phase, queries, trpc])

  const current: Turn | null = isElsewhere ? (loaded ?? null) : turn
  const answer = isElsewhere ? (loaded ? endedView(loaded) : null) : live
  const messages = current?.messages ?? []

  const send = (next: readonly Message[], request: AnswerRequest) => {
    setAskedFrom(addressed)
    setTurn({ messages: next, model: request.model })
    start({ messages: [...next], ...request })
  }
  return {
    messages,
    answer,
    model: current?.model ?? null,
    loading: isElsewhere && stored.isPending,
    problem: isElsewhere && stored.isError ? problemOf(stored.error) : null,
    ask: (text, request) => send(nextMessages(messages, answer, text), request),
    retry: (request) => send(messages, request),
    stop,
    startAnew() {
      reset()
      setTurn(null)
      setAskedFrom(addressed)
      following.current = null
      announced.current = null
      window.history.replaceState(null, '', '/chat')
    },
  }
}

function problemOf(error: unknown): string {
  return codeOf(error) === 'not_found' ? 'There is no such answer in your account.' : messageOf(error)
}
