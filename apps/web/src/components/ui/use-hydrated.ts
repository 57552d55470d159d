'use client'

import { useSyncExternalStore } from 'react'

const never = () => () => {}

/** Whether the page answers yet: false in the HTML that the server sends, true once its script runs. */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  )
}
