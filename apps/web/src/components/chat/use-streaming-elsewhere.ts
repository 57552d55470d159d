'use client'

import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useTRPC } from '../../trpc.ts'

const NEWEST = 1

/** Who opens the chat without naming an answer is taken to the newest one when it is still being written. */
export function useStreamingElsewhere(isNamed: boolean): void {
  const trpc = useTRPC()
  const [wanted, setWanted] = useState(!isNamed)
  const { data } = useQuery({
    ...trpc.answers.list.queryOptions({ limit: NEWEST }),
    enabled: wanted,
    refetchOnMount: 'always',
  })
  const [newest] = data?.items ?? []
  useEffect(() => {
    if (!wanted || !data) return
    setWanted(false)
    if (newest?.outcome === 'streaming' && !isNamed) {
      window.history.replaceState(null, '', `/chat?answer=${encodeURIComponent(newest.id)}`)
    }
  }, [wanted, data, newest, isNamed])
}
