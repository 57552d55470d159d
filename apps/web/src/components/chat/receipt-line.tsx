'use client'

import { useQuery } from '@tanstack/react-query'
import type { AnswerView } from '@tillwire/client'
import { ChevronRight } from 'lucide-react'
import { useState } from 'react'
import type { Receipt } from 'tillwire/answers'
import { formatCredits, type Microcredits } from 'tillwire/core'
import { shownLength } from '../../format.ts'
import { outcomeWords } from '../../outcomes.ts'
import { messageOf, useTRPC } from '../../trpc.ts'
import { Amount } from '../ui/amount.tsx'

const PER_DOLLAR = 1_000_000

/** The receipt of an answer in one line, which opens to the whole. */
export function ReceiptLine({ answer, receiptId }: { answer: AnswerView; receiptId: string }) {
  const trpc = useTRPC()
  const { data: receipt, error } = useQuery(trpc.receipts.get.queryOptions({ id: receiptId }))
  const [open, setOpen] = useState(false)
  return (
    <details
      data-testid="receipt"
      open={open}
      onToggle={(event) => setOpen(event.currentTarget.open)}
      className="rounded-md border bg-surface text-muted text-sm"
    >
      <summary className="flex h-9 list-none items-center gap-2 px-3 [&::-webkit-details-marker]:hidden">
        <ChevronRight
          size={14}
          aria-hidden="true"
          className={`motion-safe:transition-transform ${open ? 'rotate-90' : ''}`}
        />
        <span data-testid="cost" data-microcredits={answer.spent}>
          <Amount microcredits={answer.spent} unit className="font-medium text-text" />
        </span>
        {receipt && (
          <span className="truncate tabular-nums">
            {total(receipt).toLocaleString('en-US')} tokens · {shownLength(receipt.startedAt, receipt.endedAt)}
            {receipt.outcome !== 'complete' && ` · ${outcomeWords[receipt.outcome].toLowerCase()}`}
          </span>
        )}
        <span className="ml-auto text-faint text-xs">Receipt</span>
      </summary>
      {error && <p className="border-t px-3 py-2 text-danger">{messageOf(error)}</p>}
      {receipt && <Whole receipt={receipt} />}
    </details>
  )
}

function total({ tokens }: Receipt): number {
  return tokens.input + tokens.output
}

function Whole({ receipt }: { receipt: Receipt }) {
  const { tokens, providerCost } = receipt
  const count = (value: number) => value.toLocaleString('en-US')
  const rows: [string, string][] = [
    ['Spent', `${formatCredits(receipt.spent as Microcredits)} credits`],
    ['Model', receipt.model],
    [
      'Input',
      `${count(tokens.input)} tokens${tokens.cachedInput ? `, ${count(tokens.cachedInput)} of them cached` : ''}`,
    ],
    [
      'Output',
      `${count(tokens.output)} tokens${tokens.reasoning ? `, ${count(tokens.reasoning)} of them thinking` : ''}`,
    ],
    ['Counted by', tokens.source === 'model' ? 'the model' : 'us, as the model did not say'],
    ['Prices of', receipt.priceVersion],
    ['Provider cost', providerCost === null ? 'not known' : `$${(providerCost / PER_DOLLAR).toFixed(6)}`],
    ['Started', new Date(receipt.startedAt).toLocaleString()],
    ['Ended', `${new Date(receipt.endedAt).toLocaleString()}, ${outcomeWords[receipt.outcome].toLowerCase()}`],
    ['Paid from', receipt.grants.map(({ id, amount }) => `${id}: ${formatCredits(amount)}`).join('\n')],
    ['Receipt', receipt.id],
  ]
  return (
    <dl className="grid grid-cols-[7rem_minmax(0,1fr)] gap-x-4 gap-y-1.5 border-t px-3 py-3">
      {rows.map(([name, value]) => (
        <div key={name} className="contents">
          <dt>{name}</dt>
          <dd className="whitespace-pre-wrap break-words font-mono text-text text-xs leading-5">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
