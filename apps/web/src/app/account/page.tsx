import type { Metadata } from 'next'
import { Appearance } from '../../components/account/appearance.tsx'
import { Profile } from '../../components/account/profile.tsx'
import { SessionList } from '../../components/account/session-list.tsx'
import { RenderedFor } from '../../components/shell/rendered-for.tsx'
import { PageHeading } from '../../components/ui/panel.tsx'
import { requireSession } from '../../server/session.ts'

export const metadata: Metadata = { title: 'Account' }

export default async function AccountPage() {
  const { user } = await requireSession('/account')
  return (
    <RenderedFor user={user}>
      <PageHeading title="Account" />
      <div className="max-w-2xl space-y-6">
        <Profile name={user.name} email={user.email} />
        <SessionList />
        <Appearance />
      </div>
    </RenderedFor>
  )
}
