'use client'

import { QueryClientProvider } from '@tanstack/react-query'
import { createTillwireClient } from '@tillwire/client'
import { TillwireProvider } from '@tillwire/client/react'
import { ThemeProvider } from 'next-themes'
import { type ReactNode, useMemo, useState } from 'react'
import { newQueryClient, newTrpcClient, TRPCProvider } from '../../trpc.ts'
import { type SignedIn, SignedInProvider } from './signed-in.tsx'

interface ProvidersProps {
  readonly serverUrl: string
  readonly session: SignedIn | null
  readonly nonce: string | undefined
  readonly children: ReactNode
}

/** What every page stands on. Another user gets a query cache of their own. */
export function Providers({ serverUrl, session, nonce, children }: ProvidersProps) {
  const [trpcClient] = useState(newTrpcClient)
  const client = useMemo(() => createTillwireClient({ url: serverUrl }), [serverUrl])
  const userId = session?.user.id
  const [cache, setCache] = useState(() => ({ userId, queryClient: newQueryClient() }))
  if (cache.userId !== userId) setCache({ userId, queryClient: newQueryClient() })
  const { queryClient } = cache
  return (
    <ThemeProvider attribute="class" disableTransitionOnChange nonce={nonce}>
      <QueryClientProvider client={queryClient}>
        <TRPCProvider trpcClient={trpcClient} queryClient={queryClient}>
          <TillwireProvider client={client} session={session?.id ?? null}>
            <SignedInProvider session={session}>{children}</SignedInProvider>
          </TillwireProvider>
        </TRPCProvider>
      </QueryClientProvider>
    </ThemeProvider>
  )
}
