import type { Metadata } from 'next'
import { Dashboard } from '../../components/dashboard/dashboard.tsx'
import { requireSession } from '../../server/session.ts'

export const metadata: Metadata = { title: 'Dashboard' }

export default async function DashboardPage() {
  const { user } = await requireSession('/dashboard')
  return <Dashboard name={user.name} />
}
