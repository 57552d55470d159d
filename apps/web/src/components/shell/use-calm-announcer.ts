'use client'

import { useLayoutEffect } from 'react'

/**
 * Next tells screen readers of a new page through an element with the role of an alert. Here an alert is
 * an error, so that element becomes a status from its first moment; it is still read out at once.
 */
export function useCalmAnnouncer(): void {
  useLayoutEffect(() => {
    const observer = new MutationObserver(calm)
    observer.observe(document.body, { childList: true })
    calm()
    return () => observer.disconnect()
  }, [])
}

function calm(): void {
  const announcer = document.querySelector('next-route-announcer')?.shadowRoot?.firstElementChild
  announcer?.setAttribute('role', 'status')
}
