import type { ConnectionState } from '@tillwire/client'

const LOOKS: Record<ConnectionState, { colour: string; words: string }> = {
  connected: { colour: 'bg-accent', words: 'Live' },
  connecting: { colour: 'bg-warning motion-safe:animate-pulse-soft', words: 'Connecting' },
  reconnecting: { colour: 'bg-warning motion-safe:animate-pulse-soft', words: 'Reconnecting' },
  closed: { colour: 'bg-line-strong', words: 'Not connected' },
  ended: { colour: 'bg-danger', words: 'Not connected' },
}

/** Whether the page is live. */
export function ConnectionDot({ state }: { state: ConnectionState }) {
  const { colour, words } = LOOKS[state]
  return (
    <span title={words} translate="no" className="flex">
      <span aria-hidden="true" className={`size-1.5 rounded-full ${colour}`} />
      <span className="sr-only">{words}. </span>
    </span>
  )
}
