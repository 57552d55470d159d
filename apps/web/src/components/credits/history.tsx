'use client'

import { useInfiniteQuery } from '@tanstack/react-query'
import { useBalance } from '@tillwire/client/react'
import { useState } from 'react'
import { shownTime } from '../../format.ts'
import { type LedgerLine, ledgerLines } from '../../ledger.ts'
import { messageOf, useTRPC } from '../../trpc.ts'
import { Amount } from '../ui/amount.tsx'
import { Button } from '../ui/button.tsx'
import { Notice } from '../ui/notice.tsx'
import { PageLink } from '../ui/page-link.tsx'
import { Empty, Panel } from '../ui/panel.tsx'
import { SkeletonRows } from '../ui/skeleton.tsx'
import { TryAgain } from '../ui/try-again.tsx'

const ENTRIES = 100

/** Every movement of the balance, newest first. New ones are shown when asked for. */
export function History() {
  const trpc = useTRPC()
  const history = useInfiniteQuery({
    ...trpc.credits.history.infiniteQueryOptions({ limit: ENTRIES }, { getNextPageParam: (page) => page.next }),
    refetchOnMount: 'always',
  })
  const lines = ledgerLines(history.data?.pages.flatMap((page) => page.items) ?? [])
  const isStale = useBalanceMovedSince(history.dataUpdatedAt)
  const reload = isStale && (
    <button type="button" className="text-accent" onClick={() => history.refetch()}>
      Show new movements
    </button>
  )
  return (
    <Panel title="History" aside={reload} flush>
      {history.isPending && <SkeletonRows rows={6} />}
      {history.isError && (
        <div className="p-4">
          <Notice tone="danger" action={<TryAgain error={history.error} onClick={() => history.refetch()} />}>
            {messageOf(history.error)}
          </Notice>
        </div>
      )}
      {history.isSuccess && lines.length === 0 && (
        <Empty>Purchases and answers are listed here, to the last digit.</Empty>
      )}
      {lines.length > 0 && <Lines lines={lines} />}
      {history.hasNextPage && (
        <div className="border-t p-2 text-center">
          <Button variant="quiet" disabled={history.isFetchingNextPage} onClick={() => history.fetchNextPage()}>
            {history.isFetchingNextPage ? 'Loading older movements' : 'Show older movements'}
          </Button>
        </div>
      )}
    </Panel>
  )
}

/** Whether the socket told a balance that is newer than what was fetched at `fetchedAt`. */
function useBalanceMovedSince(fetchedAt: number): boolean {
  const version = useBalance()?.version ?? null
  const [seen, setSeen] = useState({ fetchedAt, version })
  if (seen.fetchedAt !== fetchedAt || (seen.version === null && version !== null)) setSeen({ fetchedAt, version })
  return seen.version !== null && version !== null && version > seen.version
}

function Lines({ lines }: { lines: readonly LedgerLine[] }) {
  return (
    <table className="w-full text-sm tabular-nums">
      <thead className="text-left text-muted">
        <tr className="border-b">
          <th scope="col" className="h-9 px-4 font-normal">
            Date
          </th>
          <th scope="col" className="px-4 font-normal">
            What
          </th>
          <th scope="col" className="px-4 text-right font-normal">
            Amount
          </th>
          <th scope="col" className="whitespace-nowrap px-4 text-right font-normal max-sm:hidden">
            Balance after
          </th>
        </tr>
      </thead>
      <tbody className="divide-y">
        {lines.map(({ id, at, title, amount, balanceAfter, answerId, payment }) => (
          <tr key={id}>
            <td className="h-11 whitespace-nowrap px-4 text-muted" title={new Date(at).toISOString()}>
              {shownTime(at)}
            </td>
            <td className="w-full px-4">
              {answerId ? (
                <PageLink
                  href={`/chat?answer=${answerId}`}
                  className="underline decoration-line-strong underline-offset-4"
                >
                  {title}
                </PageLink>
              ) : (
                title
              )}
              {payment && <span className="ml-2 font-mono text-faint text-xs max-sm:hidden">{payment}</span>}
            </td>
            <td className={`whitespace-nowrap px-4 text-right ${amount > 0 ? 'text-accent' : ''}`}>
              <Amount microcredits={amount} signed />
            </td>
            <td className="whitespace-nowrap px-4 text-right text-muted max-sm:hidden">
              <Amount microcredits={balanceAfter} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
