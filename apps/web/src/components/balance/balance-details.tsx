'use client'

import { useQuery } from '@tanstack/react-query'
import type { WireBalance } from 'tillwire/protocol'
import { shownTime } from '../../format.ts'
import { ledgerLines } from '../../ledger.ts'
import { messageOf, useTRPC } from '../../trpc.ts'
import { Amount } from '../ui/amount.tsx'
import { PageLink } from '../ui/page-link.tsx'
import { SkeletonRows } from '../ui/skeleton.tsx'

const NEWEST_ENTRIES = 50
const LINES = 3

/** What the balance consists of, and what changed it last. Asks when it is opened. */
export function BalanceDetails(props: {
  id: string
  balance: WireBalance
  open: boolean
  onToggle: (open: boolean) => void
}) {
  const { id, balance, open, onToggle } = props
  return (
    <div
      id={id}
      popover="auto"
      onToggle={(event) => onToggle(event.newState === 'open')}
      className="fixed inset-auto top-14 right-[max(1rem,calc((100vw-64rem)/2+1rem))] m-0 mt-1 w-[min(22rem,calc(100vw-2rem))] motion-safe:animate-appear rounded-md border bg-surface text-text shadow-lg"
    >
      <dl className="grid grid-cols-3 gap-2 border-b p-4 text-sm">
        {(['available', 'held', 'debt'] as const).map((part) => (
          <div key={part}>
            <dt className="text-muted capitalize">{part}</dt>
            <dd className="font-medium">
              <Amount microcredits={balance[part]} />
            </dd>
          </div>
        ))}
      </dl>
      {open && <LastChanges />}
      <PageLink
        href="/credits"
        className="block border-t px-4 py-2.5 text-accent text-sm hover:bg-sunken"
        onClick={() => document.getElementById(id)?.hidePopover()}
      >
        All movements
      </PageLink>
    </div>
  )
}

function LastChanges() {
  const trpc = useTRPC()
  const query = useQuery({
    ...trpc.credits.history.queryOptions({ limit: NEWEST_ENTRIES }),
    // Opened again after a change, it asks again; while it stays open, it does not.
    refetchOnMount: 'always',
  })
  if (query.isPending) return <SkeletonRows rows={LINES} />
  if (query.isError) return <p className="p-4 text-danger text-sm">{messageOf(query.error)}</p>
  const lines = ledgerLines(query.data.items).slice(0, LINES)
  if (lines.length === 0) return <p className="p-4 text-muted text-sm">Nothing has changed it yet.</p>
  return (
    <ul className="divide-y text-sm" aria-label="What changed it last">
      {lines.map((line) => (
        <li key={line.id} className="flex items-baseline justify-between gap-4 px-4 py-2.5">
          <span className="min-w-0 truncate">
            {line.title} <span className="text-faint">{shownTime(line.at)}</span>
          </span>
          <Amount microcredits={line.amount} signed />
        </li>
      ))}
    </ul>
  )
}
