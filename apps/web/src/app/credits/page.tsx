import type { Metadata } from 'next'
import { CheckoutReturn } from '../../components/credits/checkout-return.tsx'
import { History } from '../../components/credits/history.tsx'
import { Packs } from '../../components/credits/packs.tsx'
import { RenderedFor } from '../../components/shell/rendered-for.tsx'
import { PageHeading } from '../../components/ui/panel.tsx'
import type { SearchProps } from '../../page-props.ts'
import { requireSession } from '../../server/session.ts'

export const metadata: Metadata = { title: 'Credits' }

export default async function CreditsPage({ searchParams }: SearchProps) {
  const { checkout } = await searchParams
  const outcome = checkout === 'success' || checkout === 'cancelled' ? checkout : null
  const { user } = await requireSession(outcome ? `/credits?checkout=${outcome}` : '/credits')
  return (
    <RenderedFor user={user}>
      <PageHeading title="Credits">
        A credit is about a tenth of a US cent. Credits from packs do not expire.
      </PageHeading>
      <div className="space-y-6">
        {outcome && <CheckoutReturn outcome={outcome} />}
        <Packs />
        <History />
      </div>
    </RenderedFor>
  )
}
