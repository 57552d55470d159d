import type { ReactNode } from 'react'

const TONES = {
  danger: 'border-danger/30 bg-danger-soft text-danger',
  warning: 'border-warning/30 bg-warning-soft text-warning',
  good: 'border-accent/30 bg-accent-soft text-accent',
  plain: 'border-line bg-surface text-muted',
} as const

/** A sentence about what happened, with what can be done. Dangers are announced at once, the rest politely. */
export function Notice(props: { tone?: keyof typeof TONES; children: ReactNode; action?: ReactNode }) {
  const { tone = 'plain', children, action } = props
  return (
    <div
      role={tone === 'danger' ? 'alert' : 'status'}
      className={`flex flex-wrap items-center justify-between gap-x-4 gap-y-2 rounded-md border px-4 py-2.5 text-sm ${TONES[tone]}`}
    >
      <div className="min-w-0">{children}</div>
      {action}
    </div>
  )
}
