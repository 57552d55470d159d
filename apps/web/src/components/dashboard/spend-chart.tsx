'use client'

import { Bar, BarChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts'
import { shownCredits } from '../../format.ts'
import type { Usage } from '../../server/usage.ts'

const PER_CREDIT = 1_000_000

/** Bars by day, and the same as a table for those who cannot see them. */
export function SpendChart({ days }: Pick<Usage, 'days'>) {
  const data = days.map(({ day, spent }) => ({ day: shownDay(day), credits: Number(spent) / PER_CREDIT, spent }))
  return (
    <>
      <div aria-hidden="true" className="h-full">
        <ResponsiveContainer width="100%" height="100%">
          <BarChart data={data} margin={{ top: 4, right: 0, bottom: 0, left: 0 }} accessibilityLayer={false}>
            <XAxis
              dataKey="day"
              tickLine={false}
              axisLine={{ stroke: 'var(--line)' }}
              tick={{ fill: 'var(--muted)', fontSize: 12 }}
              minTickGap={24}
            />
            <YAxis hide />
            <Tooltip
              cursor={{ fill: 'var(--sunken)' }}
              isAnimationActive={false}
              content={({ payload }) => <DayTip point={payload[0]?.payload} />}
            />
            <Bar
              dataKey="credits"
              fill="var(--accent)"
              radius={[3, 3, 0, 0]}
              maxBarSize={28}
              isAnimationActive={false}
            />
          </BarChart>
        </ResponsiveContainer>
      </div>
      <table className="sr-only">
        <caption>Credits spent by day</caption>
        <tbody>
          {days.map(({ day, spent }) => (
            <tr key={day}>
              <th scope="row">{day}</th>
              <td>{shownCredits(spent)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}

function DayTip({ point }: { point: { day: string; spent: bigint } | undefined }) {
  if (!point) return null
  return (
    <div className="rounded-md border bg-surface px-3 py-2 text-sm shadow-md">
      <p className="text-muted">{point.day}</p>
      <p className="font-medium tabular-nums">{shownCredits(point.spent)} credits</p>
    </div>
  )
}

function shownDay(day: string): string {
  return new Date(`${day}T12:00:00`).toLocaleDateString(undefined, { day: 'numeric', month: 'short' })
}
