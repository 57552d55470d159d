'use client'

import { useInfiniteQuery } from '@tanstack/react-query'
import { ChevronRight, Plus } from 'lucide-react'
import { useState } from 'react'
import { messageOf, useTRPC } from '../../trpc.ts'
import { Amount } from '../ui/amount.tsx'
import { Button } from '../ui/button.tsx'
import { PageLink } from '../ui/page-link.tsx'
import { SkeletonRows } from '../ui/skeleton.tsx'

const PAGE = 30
const LIST = 'earlier-answers'

/** Earlier answers, newest first; beside the conversation, and folded away on a narrow screen. */
export function AnswerList({ currentId, onNew }: { currentId: string | null; onNew: () => void }) {
  const [open, setOpen] = useState(false)
  return (
    <aside aria-label="Your answers" className="max-lg:border-b max-lg:py-2 lg:border-r lg:py-6 lg:pr-4">
      <div className="lg:sticky lg:top-20">
        <div className="flex items-center justify-between gap-2">
          <Button
            variant="quiet"
            className="-ml-3.5 lg:hidden"
            aria-expanded={open}
            aria-controls={LIST}
            onClick={() => setOpen(!open)}
          >
            <ChevronRight size={14} aria-hidden="true" className={open ? 'rotate-90' : ''} />
            Earlier answers
          </Button>
          <Button className="lg:w-full" onClick={onNew}>
            <Plus size={16} aria-hidden="true" />
            New chat
          </Button>
        </div>
        <div
          id={LIST}
          className={`mt-3 max-h-[40dvh] overflow-y-auto lg:max-h-[calc(100dvh-10rem)] ${open ? '' : 'max-lg:hidden'}`}
        >
          <Answers currentId={currentId} />
        </div>
      </div>
    </aside>
  )
}

function Answers({ currentId }: { currentId: string | null }) {
  const trpc = useTRPC()
  const list = useInfiniteQuery({
    ...trpc.answers.list.infiniteQueryOptions({ limit: PAGE }, { getNextPageParam: (page) => page.next }),
    refetchOnMount: 'always',
  })
  const items = list.data?.pages.flatMap((page) => page.items) ?? []
  if (list.isPending) return <SkeletonRows rows={5} />
  if (list.isError) {
    return (
      <p role="alert" className="p-2 text-danger text-sm">
        {messageOf(list.error)}
      </p>
    )
  }
  if (items.length === 0) return <p className="p-2 text-faint text-sm">Your answers are kept here.</p>
  return (
    <>
      <ul className="space-y-px text-sm">
        {items.map(({ id, preview, outcome, spent }) => (
          <li key={id}>
            <PageLink
              href={`/chat?answer=${id}`}
              aria-current={id === currentId ? 'true' : undefined}
              className="flex h-9 items-center gap-2 rounded-md px-2 text-muted hover:bg-sunken hover:text-text aria-[current]:bg-sunken aria-[current]:text-text"
            >
              <span className="min-w-0 flex-1 truncate">{preview}</span>
              {outcome === 'streaming' ? (
                <span className="size-1.5 motion-safe:animate-pulse-soft rounded-full bg-accent" title="Streaming" />
              ) : (
                <Amount microcredits={spent} className="text-faint text-xs" />
              )}
            </PageLink>
          </li>
        ))}
      </ul>
      {list.hasNextPage && (
        <Button variant="quiet" className="w-full" onClick={() => list.fetchNextPage()}>
          Older answers
        </Button>
      )}
    </>
  )
}
