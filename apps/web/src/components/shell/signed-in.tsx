'use client'

import { useConnectionStatus } from '@tillwire/client/react'
import { useRouter } from 'next/navigation'
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'
import { signOut } from '../../auth-client.ts'
import { usePageRestored } from '../ui/use-page-restored.ts'

/** The session that the page was rendered for. */
export interface SignedIn {
  readonly id: string
  readonly user: { readonly id: string; readonly name: string; readonly email: string }
}

/** `ended` is why a session that this page had is over; `other` is who is signed in instead of its user. */
interface SessionState {
  readonly session: SignedIn | null
  readonly ended: string | null
  readonly other: { readonly name: string } | null
  signOut(): void
}

const SessionContext = createContext<SessionState>({ session: null, ended: null, other: null, signOut() {} })
const ENDINGS = ['revoked', 'expired', 'session_expired', 'user_deleted']

/**
 * Who is signed in on this page, now: once the server ended the session, or another user has signed in
 * elsewhere in this browser, nobody is. A socket refused for another reason has the session read again.
 */
export function SignedInProvider({ session, children }: { session: SignedIn | null; children: ReactNode }) {
  const router = useRouter()
  const { state, reason, user } = useConnectionStatus()
  // Who signs out here knows why the session ends.
  const [leaving, setLeaving] = useState(false)
  usePageRestored(() => {
    setLeaving(false)
    router.refresh()
  })
  const over = session !== null && state === 'ended' && reason !== null && !leaving
  const ended = over && ENDINGS.includes(reason) ? reason : null
  const other = over && reason === 'other_user' && user ? user : null
  useEffect(() => {
    if (over && !ended && !other) router.refresh()
  }, [over, ended, other, router])
  const leave = () => {
    setLeaving(true)
    void signOut()
  }
  const shown = ended || other ? null : session
  return <SessionContext value={{ session: shown, ended, other, signOut: leave }}>{children}</SessionContext>
}

export function useSession(): SessionState {
  return useContext(SessionContext)
}
