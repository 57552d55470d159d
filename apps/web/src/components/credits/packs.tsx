'use client'

import { useQuery } from '@tanstack/react-query'
import { currencyDigits, formatMoney } from 'tillwire/core'
import { messageOf, useTRPC } from '../../trpc.ts'
import { Amount } from '../ui/amount.tsx'
import { Button } from '../ui/button.tsx'
import { Notice } from '../ui/notice.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { TryAgain } from '../ui/try-again.tsx'
import { useCheckout } from './use-checkout.ts'

const CARDS = ['first', 'second', 'third']
const PER_CREDIT = 1_000_000

/** The packs for sale. Buying one goes to the page of the payment service. */
export function Packs() {
  const trpc = useTRPC()
  const packs = useQuery(trpc.credits.packs.queryOptions())
  const checkout = useCheckout()
  const error = packs.error ?? checkout.error
  return (
    <section aria-label="Packs" className="space-y-3">
      {error && (
        <Notice
          tone="danger"
          action={<TryAgain error={error} onClick={packs.isError ? () => packs.refetch() : undefined} />}
        >
          {messageOf(error)}
        </Notice>
      )}
      {checkout.url && (
        <Notice
          action={
            <a className="text-accent underline underline-offset-2" href={checkout.url}>
              Go there now
            </a>
          }
        >
          Opening the page to pay on.
        </Notice>
      )}
      <ul className="grid gap-4 sm:grid-cols-3">
        {packs.isPending && CARDS.map((card) => <Skeleton key={card} className="h-[11.25rem]" />)}
        {packs.data?.map(({ id, name, credits, price }) => (
          <li key={id} className="flex flex-col rounded-md border bg-surface p-4">
            <h2 className="font-medium text-sm">{name}</h2>
            <p className="mt-3 font-semibold text-2xl tracking-tight">
              <Amount microcredits={credits} /> <span className="font-normal text-base text-muted">credits</span>
            </p>
            <p className="mt-1 text-muted text-sm tabular-nums">
              {formatMoney(price)} · {pricePerHundred(credits, price)} per 100
            </p>
            <Button
              variant="primary"
              className="mt-5 w-full"
              disabled={checkout.isPending}
              onClick={() => checkout.buy(id)}
            >
              Buy {name}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** The price of 100 credits, with the fractions of the smallest coin that tell packs apart. */
function pricePerHundred(microcredits: number, { amount, currency }: { amount: number; currency: string }): string {
  const format = new Intl.NumberFormat('en-US', {
    style: 'currency',
    currency: currency.toUpperCase(),
    maximumFractionDigits: 3,
  })
  return format.format((amount / 10 ** currencyDigits(currency) / (microcredits / PER_CREDIT)) * 100)
}
