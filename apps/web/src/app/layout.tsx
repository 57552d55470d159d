import { GeistMono } from 'geist/font/mono'
import { GeistSans } from 'geist/font/sans'
import type { Metadata, Viewport } from 'next'
import { headers } from 'next/headers'
import type { ReactNode } from 'react'
import { Header } from '../components/shell/header.tsx'
import { LocalBar, localSentence } from '../components/shell/local-bar.tsx'
import { Main } from '../components/shell/main.tsx'
import { Providers } from '../components/shell/providers.tsx'
import { serverOriginFor } from '../server/origins.ts'
import { currentSession } from '../server/session.ts'
import { settings } from '../server/tillwire.ts'
import './globals.css'

export const metadata: Metadata = {
  title: { default: 'Tillwire', template: '%s · Tillwire' },
  description: 'Metered, realtime AI answers: money and work on the same line.',
}
export const viewport: Viewport = {
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#fafafa' },
    { media: '(prefers-color-scheme: dark)', color: '#0b0b0c' },
  ],
}

export default async function RootLayout({ children }: { children: ReactNode }) {
  const requestHeaders = await headers()
  const identity = await currentSession()
  const session = identity && { id: identity.sessionId, user: identity.user }
  const serverUrl = serverOriginFor(requestHeaders.get('host'), settings())
  return (
    <html lang="en" className={`${GeistSans.variable} ${GeistMono.variable}`} suppressHydrationWarning>
      <body className="min-h-dvh">
        <a href="#main" className="sr-only focus:not-sr-only focus:absolute focus:z-30 focus:bg-surface focus:p-3">
          Skip to content
        </a>
        <Providers serverUrl={serverUrl} session={session} nonce={requestHeaders.get('x-nonce') ?? undefined}>
          <LocalBar sentence={localSentence(settings())} />
          <Header />
          <Main>{children}</Main>
        </Providers>
      </body>
    </html>
  )
}
