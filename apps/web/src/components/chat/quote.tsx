'use client'

import { useQuery } from '@tanstack/react-query'
import { useBalance } from '@tillwire/client/react'
import { useEffect, useState } from 'react'
import { useTRPC, useTRPCClient } from '../../trpc.ts'
import { Amount } from '../ui/amount.tsx'
import { type AnswerRequest, nextMessages } from './turns.ts'
import type { Conversation } from './use-conversation.ts'

const PAUSE_MS = 250
/** The smallest part of a credit that is shown: a bound is rounded up to it. */
const SHOWN = 10_000

interface QuoteProps {
  readonly text: string
  readonly request: AnswerRequest
  readonly conversation: Conversation
  readonly isBusy: boolean
}

/** What the question costs at most, and about, as the server quotes it once the typing pauses. */
export function Quote({ text, request, conversation, isBusy }: QuoteProps) {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const settled = useSettled(text.trim())
  const { messages, answer } = conversation
  const fetched = useQuery(trpc.credits.balance.queryOptions())
  const balance = useBalance(fetched.data)
  const { data: quote } = useQuery({
    queryKey: [...trpc.answers.quote.mutationKey(), settled, request, answer?.answerId ?? null],
    queryFn: () => client.answers.quote.mutate({ ...request, messages: nextMessages(messages, answer, settled) }),
    enabled: settled !== '' && !isBusy,
    gcTime: 0,
    placeholderData: (before) => before,
  })
  if (isBusy || !quote || text.trim() === '') return null
  const isShort = balance !== null && balance.available < quote.max
  return (
    <span className="tabular-nums" translate="no">
      at most <Amount microcredits={Math.ceil(quote.max / SHOWN) * SHOWN} unit />, about{' '}
      <Amount microcredits={quote.about} />
      {isShort && <span className="text-warning"> · you have less</span>}
    </span>
  )
}

/** The value once it has not changed for a moment. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}
