import type { Metadata } from 'next'
import { Dashboard } from '../../components/dashboard/dashboard.tsx'
import { RenderedFor } from '../../components/shell/rendered-for.tsx'
import { requireSession } from '../../server/session.ts'

export const metadata: Metadata = { title: 'Dashboard' }

export default async function DashboardPage() {
  const { user } = await requireSession('/dashboard')
  return (
    <RenderedFor user={user}>
      <Dashboard name={user.name} />
    </RenderedFor>
  )
}
