import type { Settings } from 'tillwire'

const TEST_CARD = 'Test card 4242 4242 4242 4242.'

/** What is not real here, in one sentence; nothing when all is. */
export function localSentence({ mode, stripe, model }: Settings): string | null {
  const parts = [stripe.emulatorPort !== null && 'payments', model.emulatorPort !== null && 'models'].filter(Boolean)
  if (mode !== 'local' || parts.length === 0) return null
  return `Local mode: ${parts.join(' and ')} are emulated.${stripe.emulatorPort === null ? '' : ` ${TEST_CARD}`}`
}

export function LocalBar({ sentence }: { sentence: string | null }) {
  if (!sentence) return null
  return (
    <aside
      aria-label="Local mode"
      className="border-b bg-sunken px-4 py-1 text-center text-muted text-xs max-sm:px-2 max-sm:text-[0.6875rem]"
    >
      {sentence}
    </aside>
  )
}
