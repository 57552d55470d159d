'use client'

import { usePathname } from 'next/navigation'
import type { ReactNode } from 'react'
import { signInPath } from '../../return-path.ts'
import { Button, ButtonLink } from '../ui/button.tsx'
import { useSession } from './signed-in.tsx'
import { useCalmAnnouncer } from './use-calm-announcer.ts'

const SENTENCES: Readonly<Record<string, string>> = {
  revoked: 'This session was ended, here or on another device.',
  user_deleted: 'This account is no longer there.',
}
const EXPIRED = 'Your session has come to its end.'

/** The page; once its session is over, or somebody else's, what happened and the way on. */
export function Main({ children }: { children: ReactNode }) {
  const { session, ended, other } = useSession()
  const path = usePathname()
  useCalmAnnouncer()
  return (
    <main id="main" className={`mx-auto max-w-5xl px-4 py-8 ${session ? 'max-sm:pb-24' : ''}`}>
      {ended ? (
        <div role="alert" className="mx-auto max-w-sm py-20 text-center">
          <h1 className="font-semibold text-xl tracking-tight">You are signed out</h1>
          <p className="mt-2 mb-6 text-muted">
            {Object.hasOwn(SENTENCES, ended) ? SENTENCES[ended] : EXPIRED} Nothing is lost: sign in and go on.
          </p>
          <ButtonLink variant="primary" href={signInPath(path + window.location.search)}>
            Sign in
          </ButtonLink>
        </div>
      ) : other ? (
        <div role="alert" className="mx-auto max-w-sm py-20 text-center">
          <h1 className="font-semibold text-xl tracking-tight">{other.name} is signed in now</h1>
          <p className="mt-2 mb-6 text-muted">
            Another account was signed in to in this browser. Nothing was asked or spent from this page since.
          </p>
          <Button variant="primary" onClick={() => window.location.reload()}>
            Reload
          </Button>
        </div>
      ) : (
        children
      )}
    </main>
  )
}
