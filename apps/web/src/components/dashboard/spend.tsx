'use client'

import { useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { messageOf, useTRPC } from '../../trpc.ts'
import { Amount } from '../ui/amount.tsx'
import { Notice } from '../ui/notice.tsx'
import { Panel } from '../ui/panel.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { TryAgain } from '../ui/try-again.tsx'

const CHART = 'h-36'
const SpendChart = dynamic(() => import('./spend-chart.tsx').then((module) => module.SpendChart), {
  ssr: false,
  loading: () => <Skeleton className={CHART} />,
})

/** What was spent on each of the last 14 days, and by which model. */
export function Spend() {
  const trpc = useTRPC()
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  const usage = useQuery({ ...trpc.credits.usage.queryOptions({ timeZone }), refetchOnMount: 'always' })
  const total = usage.data && <Amount microcredits={usage.data.total} unit />
  return (
    <Panel title="Spent in 14 days" aside={total}>
      {usage.isError ? (
        <Notice tone="danger" action={<TryAgain error={usage.error} onClick={() => usage.refetch()} />}>
          {messageOf(usage.error)}
        </Notice>
      ) : (
        <div className="space-y-3">
          <div className={CHART}>
            {usage.data ? <SpendChart days={usage.data.days} /> : <Skeleton className={CHART} />}
          </div>
          <ul className="flex min-h-5 flex-wrap gap-x-6 gap-y-1 text-sm">
            {usage.data?.models.map(({ model, spent, answers }) => (
              <li key={model} className="text-muted">
                <span className="font-mono text-text">{model}</span> <Amount microcredits={spent} /> in {answers}{' '}
                {answers === 1 ? 'answer' : 'answers'}
              </li>
            ))}
            {usage.data?.models.length === 0 && <li className="text-muted">Nothing was spent in these days.</li>}
          </ul>
        </div>
      )}
    </Panel>
  )
}
