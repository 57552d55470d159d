import { type ReactNode, useId } from 'react'

/** A titled part of a page. */
export function Panel(props: { title: string; aside?: ReactNode; children: ReactNode; flush?: boolean }) {
  const { title, aside, children, flush = false } = props
  const id = useId()
  return (
    <section aria-labelledby={id} className="overflow-hidden rounded-md border bg-surface">
      <header className="flex min-h-11 items-center justify-between gap-4 border-b px-4">
        <h2 id={id} className="font-medium text-sm">
          {title}
        </h2>
        {aside && <div className="text-muted text-sm">{aside}</div>}
      </header>
      <div className={flush ? '' : 'p-4'}>{children}</div>
    </section>
  )
}

/** The heading of a page, with what can be done at its end. */
export function PageHeading(props: { title: string; children?: ReactNode; actions?: ReactNode }) {
  return (
    <div className="mb-6 flex flex-wrap items-end justify-between gap-4">
      <div>
        <h1 className="font-semibold text-xl tracking-tight">{props.title}</h1>
        {props.children && <p className="mt-1 text-muted text-sm">{props.children}</p>}
      </div>
      {props.actions && <div className="flex gap-2">{props.actions}</div>}
    </div>
  )
}

/** What a list says while it has nothing: one sentence and, where there is one, the next step. */
export function Empty(props: { children: ReactNode; action?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-4 px-6 py-10 text-center text-muted text-sm">
      <p className="max-w-sm">{props.children}</p>
      {props.action}
    </div>
  )
}
