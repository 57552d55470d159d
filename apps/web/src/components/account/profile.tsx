'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, useState } from 'react'
import { type AuthResult, updateName } from '../../auth-client.ts'
import { useSession } from '../shell/signed-in.tsx'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { Notice } from '../ui/notice.tsx'
import { Panel } from '../ui/panel.tsx'
import { Reload } from '../ui/try-again.tsx'
import { useBusy } from '../ui/use-busy.ts'
import { useDraft } from '../ui/use-draft.ts'

/** The profile is saved as the page's user, and as nobody who has signed in since. */
export function Profile({ name: saved, email }: { name: string; email: string }) {
  const { session } = useSession()
  const router = useRouter()
  const [name, setName] = useDraft('name', saved)
  const [busy, setBusy] = useBusy()
  const [outcome, setOutcome] = useState<AuthResult | null>(null)

  async function save(event: FormEvent) {
    event.preventDefault()
    if (!session) return
    setBusy(true)
    const result = await updateName(name, session.user.id)
    setBusy(false)
    setOutcome(result)
    if (result.ok) router.refresh()
  }

  return (
    <Panel title="Profile">
      <form onSubmit={save} noValidate className="space-y-4">
        {outcome?.ok && <Notice tone="good">Saved.</Notice>}
        {outcome?.ok === false && (
          <Notice tone="danger" action={outcome.isAnother && <Reload />}>
            {outcome.message}
          </Notice>
        )}
        <Field
          label="Name"
          autoComplete="name"
          required
          maxLength={200}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <Field label="Email" type="email" value={email} disabled />
        <Button type="submit" disabled={busy || name.trim() === '' || name.trim() === saved}>
          Save
        </Button>
      </form>
    </Panel>
  )
}
