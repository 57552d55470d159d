'use client'

import { useState } from 'react'
import { usePageRestored } from './use-page-restored.ts'

/** Whether a request of a form is under way; one that was when the page was left is not when it comes back. */
export function useBusy(): [busy: boolean, setBusy: (busy: boolean) => void] {
  const [busy, setBusy] = useState(false)
  usePageRestored(() => setBusy(false))
  return [busy, setBusy]
}
