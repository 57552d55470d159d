'use client'

import { useConnectionStatus } from '@tillwire/client/react'
import { usePathname, useRouter } from 'next/navigation'
import { createContext, type ReactNode, useContext, useEffect, useRef } from 'react'

/** The session that the page was rendered for. */
export interface SignedIn {
  readonly id: string
  readonly user: { readonly id: string; readonly name: string; readonly email: string }
}

/** `ended` is why a session that this page had is over. */
interface SessionState {
  readonly session: SignedIn | null
  readonly ended: string | null
}

const SessionContext = createContext<SessionState>({ session: null, ended: null })
const ENDINGS = ['revoked', 'expired', 'session_expired', 'user_deleted']

/**
 * Who is signed in on this page, now: once the server ended the session, nobody is. The session is read
 * again when the socket was refused for another reason, and when the reader goes on to another page.
 */
export function SignedInProvider({ session, children }: { session: SignedIn | null; children: ReactNode }) {
  const router = useRouter()
  const { state, reason } = useConnectionStatus()
  const over = session !== null && state === 'ended' && reason !== null
  const ended = over && ENDINGS.includes(reason) ? reason : null
  const path = usePathname()
  const endedOn = useRef<string | null>(null)
  useEffect(() => {
    if (!over) endedOn.current = null
    else if (!ended || (endedOn.current !== null && endedOn.current !== path)) router.refresh()
    else endedOn.current = path
  }, [over, ended, path, router])
  return <SessionContext value={{ session: ended ? null : session, ended }}>{children}</SessionContext>
}

export function useSession(): SessionState {
  return useContext(SessionContext)
}
