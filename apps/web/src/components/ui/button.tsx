'use client'

import type { ComponentProps } from 'react'
import { PageLink } from './page-link.tsx'
import { useHydrated } from './use-hydrated.ts'

const VARIANTS = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong border-transparent',
  secondary: 'bg-surface text-text border-line-strong hover:bg-sunken',
  quiet: 'border-transparent text-muted hover:bg-sunken hover:text-text',
  danger: 'bg-surface text-danger border-line-strong hover:bg-danger-soft',
} as const
const SHAPE =
  'inline-flex h-9 items-center justify-center gap-2 whitespace-nowrap rounded-md border px-3.5 text-sm font-medium transition-colors'

type Variant = { readonly variant?: keyof typeof VARIANTS }

/** A button. It takes no click before the page can answer it: one would be lost, or send a form by itself. */
export function Button({
  variant = 'secondary',
  className = '',
  disabled = false,
  ...props
}: ComponentProps<'button'> & Variant) {
  const isHydrated = useHydrated()
  const look = disabled ? 'opacity-60' : ''
  return (
    <button
      type="button"
      className={`${SHAPE} ${VARIANTS[variant]} ${look} ${className}`}
      disabled={disabled || !isHydrated}
      {...props}
    />
  )
}

/** A link that looks like a button. */
export function ButtonLink({
  variant = 'secondary',
  className = '',
  ...props
}: ComponentProps<typeof PageLink> & Variant) {
  return <PageLink className={`${SHAPE} ${VARIANTS[variant]} ${className}`} {...props} />
}
