import type { ReactNode } from 'react'

export function AuthCard(props: { title: string; children: ReactNode; foot: ReactNode }) {
  return (
    <div className="mx-auto max-w-sm py-6 sm:py-14">
      <h1 className="mb-6 font-semibold text-xl tracking-tight">{props.title}</h1>
      <div className="rounded-md border bg-surface p-5">{props.children}</div>
      <p className="mt-4 text-muted text-sm">{props.foot}</p>
    </div>
  )
}
