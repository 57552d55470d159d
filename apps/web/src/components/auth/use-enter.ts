'use client'

import { useRouter } from 'next/navigation'
import { useTransition } from 'react'

/** Goes to `next` as the user who has just signed in: the page stays, its session is read again. */
export function useEnter(next: string): { enter: () => void; entering: boolean } {
  const router = useRouter()
  const [entering, startTransition] = useTransition()
  const enter = () =>
    startTransition(() => {
      router.replace(next)
      router.refresh()
    })
  return { enter, entering }
}
