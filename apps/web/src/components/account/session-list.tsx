'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { shownDevice, shownTime } from '../../format.ts'
import { messageOf, useTRPC } from '../../trpc.ts'
import { Button } from '../ui/button.tsx'
import { Notice } from '../ui/notice.tsx'
import { Panel } from '../ui/panel.tsx'
import { SkeletonRows } from '../ui/skeleton.tsx'
import { TryAgain } from '../ui/try-again.tsx'
import { usePageRestored } from '../ui/use-page-restored.ts'

/** Where this user is signed in. Revoking a session closes its pages within a second. */
export function SessionList() {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const sessions = useQuery({ ...trpc.sessions.list.queryOptions(), refetchOnMount: 'always' })
  const revoke = useMutation(
    trpc.sessions.revoke.mutationOptions({
      onSettled: () => queries.invalidateQueries(trpc.sessions.list.queryFilter()),
    }),
  )
  usePageRestored(() => revoke.reset())
  const error = sessions.error ?? revoke.error
  return (
    <Panel title="Sessions" flush>
      {sessions.isPending && <SkeletonRows rows={2} height="h-16" />}
      {error && (
        <div className="p-4">
          <Notice
            tone="danger"
            action={<TryAgain error={error} onClick={sessions.isError ? () => sessions.refetch() : undefined} />}
          >
            {messageOf(error)}
          </Notice>
        </div>
      )}
      <ul className="divide-y">
        {sessions.data?.map(({ id, current, userAgent, ipAddress, createdAt, expiresAt }) => (
          <li key={id} className="flex min-h-16 items-center justify-between gap-4 px-4 py-2">
            <div className="min-w-0 text-sm">
              <p className="font-medium" title={userAgent ?? undefined}>
                {shownDevice(userAgent)}
                {current && (
                  <span className="ml-2 rounded-full bg-accent-soft px-2 py-0.5 font-normal text-accent text-xs">
                    this one
                  </span>
                )}
              </p>
              <p className="text-muted">
                since {shownTime(createdAt)}, until {shownTime(expiresAt)}
                {ipAddress && ` · ${ipAddress}`}
              </p>
            </div>
            {!current && (
              <Button variant="danger" disabled={revoke.isPending} onClick={() => revoke.mutate({ id })}>
                Revoke
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  )
}
