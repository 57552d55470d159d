'use client'

import { useRouter } from 'next/navigation'
import { type ReactNode, useEffect, useLayoutEffect } from 'react'
import { type Person, useSession } from './signed-in.tsx'

/**
 * A part that the server rendered for this user. It may come into an older page, which keeps its frame: where that
 * was made for another user the part is not shown, and the whole page says who is signed in now. One that was made
 * for nobody is made again.
 */
export function RenderedFor({ user, children }: { user: Person; children: ReactNode }) {
  const { session, tellOther } = useSession()
  const router = useRouter()
  const { id, name } = user
  const isStrangers = session === null
  const isOther = session !== null && session.user.id !== id
  useLayoutEffect(() => {
    if (isOther) tellOther({ id, name })
  }, [isOther, id, name, tellOther])
  useEffect(() => {
    if (isStrangers) router.refresh()
  }, [isStrangers, router])
  return isOther || isStrangers ? null : children
}
