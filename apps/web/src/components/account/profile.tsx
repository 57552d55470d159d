'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, useState } from 'react'
import { updateName } from '../../auth-client.ts'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { Notice } from '../ui/notice.tsx'
import { Panel } from '../ui/panel.tsx'
import { useBusy } from '../ui/use-busy.ts'
import { useDraft } from '../ui/use-draft.ts'

export function Profile({ id, name: saved, email }: { id: string; name: string; email: string }) {
  const router = useRouter()
  const [name, setName] = useDraft('name', saved)
  const [busy, setBusy] = useBusy()
  const [outcome, setOutcome] = useState<{ ok: boolean; text: string } | null>(null)

  async function save(event: FormEvent) {
    event.preventDefault()
    setBusy(true)
    const result = await updateName(name, id)
    setBusy(false)
    setOutcome(result.ok ? { ok: true, text: 'Saved.' } : { ok: false, text: result.message })
    if (result.ok) router.refresh()
  }

  return (
    <Panel title="Profile">
      <form onSubmit={save} noValidate className="space-y-4">
        {outcome && <Notice tone={outcome.ok ? 'good' : 'danger'}>{outcome.text}</Notice>}
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
