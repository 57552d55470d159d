'use client'

import { useEffect } from 'react'

/**
 * Next tells screen readers of a new page through an element with the role of an alert. Here an alert is
 * an error, so that element becomes a status; it is still read out at once.
 */
export function useCalmAnnouncer(): void {
  useEffect(() => {
    const timer = setTimeout(() => {
      const announcer = document.querySelector('next-route-announcer')?.shadowRoot?.firstElementChild
      announcer?.setAttribute('role', 'status')
    })
    return () => clearTimeout(timer)
  }, [])
}
