'use client'

import { type FormEvent, useState } from 'react'
import { signUp } from '../../auth-client.ts'
import { signInPath } from '../../return-path.ts'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { Notice } from '../ui/notice.tsx'
import { PageLink } from '../ui/page-link.tsx'
import { useBusy } from '../ui/use-busy.ts'
import { AuthCard } from './auth-card.tsx'
import { entriesOf } from './entries.ts'
import { useEnter } from './use-enter.ts'

export function SignUpForm({ next }: { next: string }) {
  const { enter, entering } = useEnter(next)
  const [busy, setBusy] = useBusy()
  const [error, setError] = useState<string | null>(null)
  const [mailedTo, setMailedTo] = useState<string | null>(null)

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const { name, email, password } = entriesOf(event.currentTarget)
    setBusy(true)
    setError(null)
    const result = await signUp({ name, email, password })
    setBusy(false)
    if (!result.ok) setError(result.message)
    else if (result.signedIn) enter()
    else setMailedTo(email)
  }

  const foot = (
    <>
      Have an account?{' '}
      <PageLink className="text-accent underline underline-offset-2" href={signInPath(next)}>
        Sign in
      </PageLink>
    </>
  )
  if (mailedTo !== null) {
    return (
      <AuthCard title="One more step" foot={foot}>
        <p role="status">
          We sent a mail to <strong className="font-medium">{mailedTo}</strong>. Open its link to finish signing up.
        </p>
      </AuthCard>
    )
  }
  return (
    <AuthCard title="Sign up" foot={foot}>
      <form onSubmit={submit} noValidate className="space-y-4">
        {error && <Notice tone="danger">{error}</Notice>}
        <Field label="Name" name="name" autoComplete="name" required maxLength={200} />
        <Field label="Email" name="email" type="email" autoComplete="email" required />
        <Field label="Password" name="password" type="password" autoComplete="new-password" required />
        <Button type="submit" variant="primary" className="w-full" disabled={busy || entering}>
          Sign up
        </Button>
      </form>
    </AuthCard>
  )
}
