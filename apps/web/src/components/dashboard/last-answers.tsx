'use client'

import { useQuery } from '@tanstack/react-query'
import { shownTime } from '../../format.ts'
import { outcomeWords } from '../../outcomes.ts'
import { messageOf, useTRPC } from '../../trpc.ts'
import { Amount } from '../ui/amount.tsx'
import { ButtonLink } from '../ui/button.tsx'
import { Notice } from '../ui/notice.tsx'
import { PageLink } from '../ui/page-link.tsx'
import { Empty, Panel } from '../ui/panel.tsx'
import { SkeletonRows } from '../ui/skeleton.tsx'
import { TryAgain } from '../ui/try-again.tsx'

const ROWS = 6

/** The latest answers and what each cost. */
export function LastAnswers() {
  const trpc = useTRPC()
  const list = useQuery({ ...trpc.answers.list.queryOptions({ limit: ROWS }), refetchOnMount: 'always' })
  return (
    <Panel title="Last receipts" flush>
      {list.isPending && <SkeletonRows rows={ROWS} />}
      {list.isError && (
        <div className="p-4">
          <Notice tone="danger" action={<TryAgain error={list.error} onClick={() => list.refetch()} />}>
            {messageOf(list.error)}
          </Notice>
        </div>
      )}
      {list.data?.items.length === 0 && (
        <Empty action={<ButtonLink href="/chat">Ask a question</ButtonLink>}>
          Each answer leaves a receipt here, with what it cost and why.
        </Empty>
      )}
      <ul className="divide-y text-sm">
        {list.data?.items.map(({ id, at, model, outcome, spent, preview }) => (
          <li key={id}>
            <PageLink
              href={`/chat?answer=${id}`}
              className="grid h-11 grid-cols-[minmax(0,1fr)_auto] items-center gap-4 px-4 hover:bg-sunken sm:grid-cols-[minmax(0,1fr)_8rem_7rem_5rem]"
            >
              <span className="truncate">{preview}</span>
              <span className="truncate font-mono text-muted max-sm:hidden">{model}</span>
              <span className="text-muted max-sm:hidden">
                {outcome === 'complete' ? shownTime(at) : outcomeWords[outcome]}
              </span>
              <Amount microcredits={spent} className="text-right" />
            </PageLink>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
