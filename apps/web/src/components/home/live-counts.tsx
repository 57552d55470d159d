'use client'

import { useConnectionCount, useConnectionStatus } from '@tillwire/client/react'
import { ConnectionDot } from '../balance/connection-dot.tsx'

/** How many are connected at this moment, as the server pushes it. */
export function LiveCounts() {
  const counts = useConnectionCount()
  const { state } = useConnectionStatus('public')
  return (
    <p className="mt-6 flex h-5 items-center gap-2 text-muted text-sm tabular-nums">
      <ConnectionDot state={state} />
      {counts ? (
        <span data-testid="connections">
          {counts.public} {counts.public === 1 ? 'visitor' : 'visitors'} and {counts.authenticated} signed in, right now
        </span>
      ) : (
        <span>{state === 'reconnecting' ? 'Live counts are away for a moment' : 'Counting who is here'}</span>
      )}
    </p>
  )
}
