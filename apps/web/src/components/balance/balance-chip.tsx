'use client'

import { useQuery } from '@tanstack/react-query'
import { useBalance, useConnectionStatus } from '@tillwire/client/react'
import { useState } from 'react'
import { formatCredits, type Microcredits } from 'tillwire/core'
import { shownBalance } from '../../format.ts'
import { useTRPC } from '../../trpc.ts'
import { Skeleton } from '../ui/skeleton.tsx'
import { BalanceDetails } from './balance-details.tsx'
import { ConnectionDot } from './connection-dot.tsx'

const DETAILS = 'balance-details'

/**
 * The live balance. Asked for once, then told by the socket: no request follows a change. Mount it
 * for signed-in users only.
 */
export function BalanceChip() {
  const trpc = useTRPC()
  const { data, isError, refetch } = useQuery(trpc.credits.balance.queryOptions())
  const balance = useBalance(data)
  const { state } = useConnectionStatus()
  const [open, setOpen] = useState(false)

  if (!balance) {
    if (!isError) return <Skeleton className="h-9 w-28" />
    return (
      <button type="button" className="h-9 rounded-md px-2 text-danger text-sm" onClick={() => refetch()}>
        Balance unknown: try again
      </button>
    )
  }
  const { available, held } = balance
  const shown = shownBalance(available)
  const heldPart = held === 0 ? 0 : (100 * held) / (available + held)
  return (
    <>
      <button
        type="button"
        popoverTarget={DETAILS}
        aria-expanded={open}
        title={`${formatCredits(available as Microcredits)} credits`}
        className="relative flex h-9 items-center gap-2 overflow-hidden rounded-md border bg-surface px-3 text-sm transition-colors hover:bg-sunken"
      >
        <ConnectionDot state={state} />
        <span data-testid="balance" translate="no" data-microcredits={available}>
          <span key={shown} className="inline-block motion-safe:animate-tick font-medium tabular-nums">
            {shown}
          </span>
          <span className="text-muted max-sm:sr-only"> credits</span>
        </span>
        <span aria-hidden="true" className="absolute inset-x-0 bottom-0 h-0.5">
          <span
            className="block h-full bg-warning motion-safe:transition-[width] duration-300"
            style={{ width: `${heldPart}%` }}
          />
        </span>
      </button>
      <BalanceDetails id={DETAILS} balance={balance} open={open} onToggle={setOpen} />
    </>
  )
}
