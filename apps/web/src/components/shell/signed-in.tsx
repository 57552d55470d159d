'use client'

import { useConnectionStatus } from '@tillwire/client/react'
import { useRouter } from 'next/navigation'
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'
import { signOut } from '../../auth-client.ts'
import { usePageRestored } from '../ui/use-page-restored.ts'

/** A user, as a page tells of them. */
export interface Person {
  readonly id: string
  readonly name: string
}

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
  /** For what learns that another user than the page's is signed in now. */
  tellOther(user: Person): void
}

const SessionContext = createContext<SessionState>({
  session: null,
  ended: null,
  other: null,
  signOut() {},
  tellOther() {},
})
const ENDINGS = ['revoked', 'expired', 'session_expired', 'user_deleted']

/**
 * Who is signed in on this page, now: once the server ended the session, or another user has signed in
 * elsewhere in this browser (of whom the socket, a part of the page or signing out tells), nobody is. A socket
 * refused for another reason has the session read again.
 */
export function SignedInProvider({ session, children }: { session: SignedIn | null; children: ReactNode }) {
  const router = useRouter()
  const { state, reason, user } = useConnectionStatus()
  // Who signs out here knows why the session ends.
  const [leaving, setLeaving] = useState(false)
  const [told, setTold] = useState<Person | null>(null)
  usePageRestored(() => {
    setLeaving(false)
    router.refresh()
  })
  const over = session !== null && state === 'ended' && reason !== null && !leaving
  const ended = over && ENDINGS.includes(reason) ? reason : null
  const toldOther = told !== null && session !== null && told.id !== session.user.id ? told : null
  const other = toldOther ?? (over && reason === 'other_user' && user ? user : null)
  useEffect(() => {
    if (over && !ended && !other) router.refresh()
  }, [over, ended, other, router])
  const leave = async () => {
    if (!session) return
    setLeaving(true)
    const instead = await signOut(session.user.id)
    if (!instead) return
    setLeaving(false)
    setTold(instead)
  }
  const shown = ended || other ? null : session
  const value = { session: shown, ended, other, signOut: () => void leave(), tellOther: setTold }
  return <SessionContext value={value}>{children}</SessionContext>
}

export function useSession(): SessionState {
  return useContext(SessionContext)
}
