'use client'

import { QueryClientProvider } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { newQueryClient, newTrpcClient, TRPCProvider } from '../../trpc.ts'

/** What asks the server for a user's data. Another user gets a cache of their own: give it the user as its key. */
export function DataProviders({ children }: { children: ReactNode }) {
  const [trpcClient] = useState(newTrpcClient)
  const [queryClient] = useState(newQueryClient)
  return (
    <QueryClientProvider client={queryClient}>
      <TRPCProvider trpcClient={trpcClient} queryClient={queryClient}>
        {children}
      </TRPCProvider>
    </QueryClientProvider>
  )
}
