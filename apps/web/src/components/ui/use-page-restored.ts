'use client'

import { useEffect, useRef } from 'react'

/**
 * Calls back when the browser shows this page again as it left it ("back" from the page cache): what was
 * under way then, a request or the way to another page, is not under way any more.
 */
export function usePageRestored(onRestored: () => void): void {
  const latest = useRef(onRestored)
  useEffect(() => {
    latest.current = onRestored
  })
  useEffect(() => {
    const onPageShow = ({ persisted }: PageTransitionEvent) => {
      if (persisted) latest.current()
    }
    window.addEventListener('pageshow', onPageShow)
    return () => window.removeEventListener('pageshow', onPageShow)
  }, [])
}
