'use client'

import { type FormEvent, useState } from 'react'
import { signUp } from '../../auth-client.ts'
import { signInPath } from '../../return-path.ts'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { Notice } from '../ui/notice.tsx'
import { PageLink } from '../ui/page-link.tsx'
import { AuthCard } from './auth-card.tsx'
import { useEnter } from './use-enter.ts'

export function SignUpForm({ next }: { next: string }) {
  const { enter, entering } = useEnter(next)
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const [mailed, setMailed] = useState(false)

  async function submit(event: FormEvent) {
    event.preventDefault()
    setBusy(true)
    setError(null)
    const result = await signUp({ name, email, password })
    setBusy(false)
    if (!result.ok) setError(result.message)
    else if (result.signedIn) enter()
    else setMailed(true)
  }

  const foot = (
    <>
      Have an account?{' '}
      <PageLink className="text-accent underline underline-offset-2" href={signInPath(next)}>
        Sign in
      </PageLink>
    </>
  )
  if (mailed) {
    return (
      <AuthCard title="One more step" foot={foot}>
        <p role="status">
          We sent a mail to <strong className="font-medium">{email}</strong>. Open its link to finish signing up.
        </p>
      </AuthCard>
    )
  }
  return (
    <AuthCard title="Sign up" foot={foot}>
      <form onSubmit={submit} noValidate className="space-y-4">
        {error && <Notice tone="danger">{error}</Notice>}
        <Field
          label="Name"
          autoComplete="name"
          required
          maxLength={200}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <Field
          label="Email"
          type="email"
          autoComplete="email"
          required
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <Field
          label="Password"
          type="password"
          autoComplete="new-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <Button type="submit" variant="primary" className="w-full" disabled={busy || entering}>
          Sign up
        </Button>
      </form>
    </AuthCard>
  )
}
