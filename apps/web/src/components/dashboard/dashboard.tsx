'use client'

import { useQuery } from '@tanstack/react-query'
import { useBalance } from '@tillwire/client/react'
import { useTRPC } from '../../trpc.ts'
import { Amount } from '../ui/amount.tsx'
import { ButtonLink } from '../ui/button.tsx'
import { PageHeading } from '../ui/panel.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { LastAnswers } from './last-answers.tsx'
import { Spend } from './spend.tsx'

export function Dashboard({ name }: { name: string }) {
  return (
    <>
      <PageHeading title={name ? `Hello, ${name}` : 'Dashboard'} />
      <div className="grid gap-4 lg:grid-cols-3">
        <BalancePanel />
        <div className="lg:col-span-2">
          <Spend />
        </div>
        <div className="lg:col-span-3">
          <LastAnswers />
        </div>
      </div>
    </>
  )
}

function BalancePanel() {
  const trpc = useTRPC()
  const { data } = useQuery(trpc.credits.balance.queryOptions())
  const balance = useBalance(data)
  const isEmpty = balance !== null && balance.available === 0 && balance.held === 0
  return (
    <section aria-label="Your credits" className="flex flex-col rounded-md border bg-surface p-4">
      <h2 className="text-muted text-sm">Available</h2>
      <p className="mt-1 h-10 font-semibold text-3xl tracking-tight">
        {balance ? <Amount microcredits={balance.available} /> : <Skeleton className="h-9 w-36" />}
      </p>
      <p className="mt-1 min-h-5 text-muted text-sm">
        {balance && balance.held > 0 && (
          <>
            <Amount microcredits={balance.held} /> held for answers under way
          </>
        )}
        {balance && balance.debt > 0 && (
          <span className="text-danger">
            {' '}
            <Amount microcredits={balance.debt} /> owed: your next purchase pays it first
          </span>
        )}
        {isEmpty && 'Buy a pack to ask your first question.'}
      </p>
      <div className="mt-auto flex gap-2 pt-6">
        <ButtonLink variant={isEmpty ? 'primary' : 'secondary'} href="/credits" className="flex-1">
          Buy credits
        </ButtonLink>
        {!isEmpty && (
          <ButtonLink variant="primary" href="/chat" className="flex-1">
            Ask
          </ButtonLink>
        )}
      </div>
    </section>
  )
}
