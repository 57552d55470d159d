import { formatCredits, type Microcredits } from 'tillwire/core'
import { shownCredits } from '../../format.ts'

/** Credits with the digits that matter; the exact figure on hover and to screen readers. */
export function Amount(props: { microcredits: number | bigint; signed?: boolean; unit?: boolean; className?: string }) {
  const { microcredits, signed = false, unit = false, className = '' } = props
  const shown = `${signed && microcredits > 0 ? '+' : ''}${shownCredits(microcredits)}`
  const exact = formatCredits(microcredits as Microcredits | bigint)
  const suffix = unit ? ' credits' : ''
  return (
    <span translate="no" className={`tabular-nums ${className}`} title={`${exact} credits`}>
      {shown}
      {suffix}
      {exact !== shownCredits(microcredits) && <span className="sr-only"> (exactly {exact})</span>}
    </span>
  )
}
