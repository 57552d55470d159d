'use client'

import { type FormEvent, type MouseEvent, useState } from 'react'
import { mailSignInLink, signIn } from '../../auth-client.ts'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { Notice } from '../ui/notice.tsx'
import { PageLink } from '../ui/page-link.tsx'
import { useBusy } from '../ui/use-busy.ts'
import { AuthCard } from './auth-card.tsx'
import { entriesOf } from './entries.ts'
import { useEnter } from './use-enter.ts'

type Outcome = { readonly kind: 'error' | 'mailed'; readonly text: string }

export function SignInForm({ next, linkFailed }: { next: string; linkFailed: boolean }) {
  const { enter, entering } = useEnter(next)
  const [busy, setBusy] = useBusy()
  const [outcome, setOutcome] = useState<Outcome | null>(
    linkFailed ? { kind: 'error', text: 'This link was used before or is too old: ask for a new one.' } : null,
  )

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const { email, password } = entriesOf(event.currentTarget)
    setBusy(true)
    const result = await signIn({ email, password })
    setBusy(false)
    if (result.ok) enter()
    else setOutcome({ kind: 'error', text: result.message })
  }
  async function mailLink(event: MouseEvent<HTMLButtonElement>) {
    const { email } = entriesOf(event.currentTarget.form)
    setBusy(true)
    const result = await mailSignInLink(email, next)
    setBusy(false)
    const mailed = 'If this address has an account, a link is on its way. It works once, for a short time.'
    setOutcome(result.ok ? { kind: 'mailed', text: mailed } : { kind: 'error', text: result.message })
  }

  return (
    <AuthCard
      title="Sign in"
      foot={
        <>
          New here?{' '}
          <PageLink
            className="text-accent underline underline-offset-2"
            href={next === '/dashboard' ? '/sign-up' : `/sign-up?next=${encodeURIComponent(next)}`}
          >
            Sign up
          </PageLink>
        </>
      }
    >
      <form onSubmit={submit} noValidate className="space-y-4">
        {outcome && <Notice tone={outcome.kind === 'error' ? 'danger' : 'good'}>{outcome.text}</Notice>}
        <Field label="Email" name="email" type="email" autoComplete="email" required />
        <Field label="Password" name="password" type="password" autoComplete="current-password" required />
        <Button type="submit" variant="primary" className="w-full" disabled={busy || entering}>
          Sign in
        </Button>
        <Button variant="quiet" className="w-full" disabled={busy || entering} onClick={mailLink}>
          Mail me a link instead
        </Button>
      </form>
    </AuthCard>
  )
}
