'use client'

import { type RefObject, useEffect, useRef } from 'react'

/**
 * Calls back when the browser shows this page again as it left it ("back" from the page cache): what was
 * under way then, a request or the way to another page, is not under way any more.
 */
export function usePageRestored(onRestored: () => void): void {
  const latest = useLatest(onRestored)
  useEffect(() => {
    const onPageShow = ({ persisted }: PageTransitionEvent) => {
      if (persisted) latest.current()
    }
    window.addEventListener('pageshow', onPageShow)
    return () => window.removeEventListener('pageshow', onPageShow)
  }, [latest])
}

/** Calls back when somebody comes back to this page from another tab, where anything may have been done. */
export function useTabReturn(onReturn: () => void): void {
  const latest = useLatest(onReturn)
  useEffect(() => {
    const onChange = () => {
      if (document.visibilityState === 'visible') latest.current()
    }
    document.addEventListener('visibilitychange', onChange)
    return () => document.removeEventListener('visibilitychange', onChange)
  }, [latest])
}

function useLatest(callback: () => void): RefObject<() => void> {
  const latest = useRef(callback)
  useEffect(() => {
    latest.current = callback
  })
  return latest
}
