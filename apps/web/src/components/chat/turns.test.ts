import { describe, expect, it } from 'vitest'
import { endedView, nextMessages } from './turns.ts'

const asked = [{ role: 'user', content: 'One?' }] as const

describe('the messages of the next question', () => {
  it('are the question alone at first', () => {
    expect(nextMessages([], null, 'One?')).toEqual([{ role: 'user', content: 'One?' }])
  })

  it('hold the answer as far as it came', () => {
    expect(nextMessages(asked, { text: 'Because' }, 'Two?')).toEqual([
      { role: 'user', content: 'One?' },
      { role: 'assistant', content: 'Because' },
      { role: 'user', content: 'Two?' },
    ])
  })

  it('leave out a question that got no answer', () => {
    expect(nextMessages(asked, { text: '' }, 'Two?')).toEqual([{ role: 'user', content: 'Two?' }])
  })
})

it('shows a stored answer as a live one that has ended, or still streams', () => {
  const stored = { id: 'a1', text: 'x', spent: 3, outcome: 'complete', receiptId: 'r1', truncated: false } as const
  expect(endedView(stored)).toMatchObject({ phase: 'ended', answerId: 'a1', outcome: 'complete' })
  expect(endedView({ ...stored, outcome: 'streaming' })).toMatchObject({ phase: 'streaming', outcome: null })
})

it('keeps why a stored answer failed, or what it is', () => {
  const stored = { id: 'a1', text: 'x', spent: 3, receiptId: 'r1', truncated: false } as const
  const error = { code: 'invalid_payload', message: 'Ask in other words.' }
  expect(endedView({ ...stored, outcome: 'failed', withheld: 'content_filter', error })).toMatchObject({ error })
  expect(endedView({ ...stored, outcome: 'complete', withheld: 'refusal' })).toMatchObject({ withheld: 'refusal' })
})
