'use client'

import { QueryClientProvider } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { newQueryClient, newTrpcClient, TRPCProvider } from '../../trpc.ts'
import { usePageRestored } from '../ui/use-page-restored.ts'

/** What asks the server for a user's data. Another user gets a cache of their own: give it the user as its key too. */
export function DataProviders({ user, children }: { user: string; children: ReactNode }) {
  const [trpcClient] = useState(() => newTrpcClient(user))
  const [queryClient] = useState(newQueryClient)
  // What was being asked for when the page was left may never be answered, and what it shows may be old.
  usePageRestored(() => void queryClient.invalidateQueries())
  return (
    <QueryClientProvider client={queryClient}>
      <TRPCProvider trpcClient={trpcClient} queryClient={queryClient}>
        {children}
      </TRPCProvider>
    </QueryClientProvider>
  )
}
