'use client'

import { createTillwireClient } from '@tillwire/client'
import { TillwireProvider } from '@tillwire/client/react'
import dynamic from 'next/dynamic'
import { ThemeProvider } from 'next-themes'
import { type ReactNode, useEffect, useMemo } from 'react'
import { type SignedIn, SignedInProvider } from './signed-in.tsx'
import { tolerateMovedNodes } from './tolerate-moved-nodes.ts'

// Strangers ask for no data, and do not load what asks for it.
const DataProviders = dynamic(() => import('./data-providers.tsx').then((module) => module.DataProviders))

interface ProvidersProps {
  readonly serverUrl: string
  readonly session: SignedIn | null
  readonly nonce: string | undefined
  readonly children: ReactNode
}

/** What every page stands on. */
export function Providers({ serverUrl, session, nonce, children }: ProvidersProps) {
  useEffect(tolerateMovedNodes, [])
  const client = useMemo(() => createTillwireClient({ url: serverUrl }), [serverUrl])
  return (
    <ThemeProvider attribute="class" disableTransitionOnChange nonce={nonce}>
      <TillwireProvider client={client} session={session?.id ?? null} user={session?.user.id}>
        <SignedInProvider session={session}>
          {session ? (
            <DataProviders key={session.user.id} user={session.user.id}>
              {children}
            </DataProviders>
          ) : (
            children
          )}
        </SignedInProvider>
      </TillwireProvider>
    </ThemeProvider>
  )
}
