'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { messageOf, useTRPC } from '../../trpc.ts'
import { takeUnfinishedChat } from '../../unfinished-chat.ts'
import { Amount } from '../ui/amount.tsx'
import { Button, ButtonLink } from '../ui/button.tsx'
import { Notice } from '../ui/notice.tsx'
import { TryAgain } from '../ui/try-again.tsx'

/** What became of a checkout, for someone who comes back from the page of the payment service. */
export function CheckoutReturn({ outcome }: { outcome: 'success' | 'cancelled' }) {
  return outcome === 'success' ? (
    <Bought />
  ) : (
    <Notice>The checkout was cancelled: nothing was charged, and your credits are as they were.</Notice>
  )
}

function Bought() {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const sync = useMutation(
    trpc.credits.sync.mutationOptions({
      onSuccess: async () => {
        await queries.invalidateQueries(trpc.credits.history.pathFilter())
        await queries.invalidateQueries(trpc.credits.balance.queryFilter())
      },
    }),
  )
  // The page may come back to life without a reload (StrictMode, the back button): it asks once.
  const asked = useRef(false)
  useEffect(() => {
    if (asked.current) return
    asked.current = true
    sync.mutate()
  }, [sync])

  if (sync.isError) {
    return (
      <Notice tone="danger" action={<TryAgain error={sync.error} onClick={() => sync.mutate()} />}>
        Your payment went through; we could not look it up just now. {messageOf(sync.error)}
      </Notice>
    )
  }
  if (!sync.data) return <Notice tone="good">Thank you. We are looking up your payment.</Notice>
  const { purchase } = sync.data
  if (!purchase) {
    return (
      <Notice tone="warning" action={<Button onClick={() => sync.mutate()}>Look again</Button>}>
        Your payment is still being confirmed. Your credits come by themselves as soon as it is.
      </Notice>
    )
  }
  return (
    <Notice tone="good" action={<GoOn />}>
      Thank you. {purchase.description}: <Amount microcredits={purchase.amount} unit className="font-medium" /> are
      yours.
    </Notice>
  )
}

/** The way back to an answer that the lack of credits ended. */
function GoOn() {
  const chat = useRef<string | null>(null)
  chat.current ??= takeUnfinishedChat()
  return (
    <ButtonLink variant="primary" href={chat.current ?? '/chat'}>
      {chat.current ? 'Go on with your answer' : 'Ask a question'}
    </ButtonLink>
  )
}
