'use client'

import { codeOf } from '../../trpc.ts'
import { Button } from './button.tsx'

/** What helps after this error: the page again when it was made for somebody who is not signed in now, else `onClick`. */
export function TryAgain({ error, onClick }: { error: unknown; onClick?: (() => void) | undefined }) {
  if (codeOf(error) === 'unauthenticated') return <Reload />
  return onClick ? <Button onClick={onClick}>Try again</Button> : null
}

export function Reload() {
  return <Button onClick={() => window.location.reload()}>Reload</Button>
}
