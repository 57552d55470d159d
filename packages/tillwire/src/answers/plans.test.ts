import { DatabaseSync } from 'node:sqlite'
import { expect, it, vi } from 'vitest'
import { openTestAnswers, readEvents, userId } from './testing/open-test-answers.ts'

const messages = [{ role: 'user' as const, content: 'Why?' }]
/** Of the collections of this folder. */
const ABOUT_ANSWERS = /FROM "?(answers|answer_\w+|receipts)"?/

it('reads neither all answers, nor all of a user, for any of what it does', async () => {
  await using test = await openTestAnswers()
  const prepare = vi.spyOn(DatabaseSync.prototype, 'prepare')
  const { answerId } = await test.answers.start({ userId, key: 'k', messages })
  await readEvents((await test.another().follow({ userId, answerId, offset: 0 })).events)
  const { receiptId } = await test.answers.get({ userId, answerId })
  await test.answers.receipt({ userId, receiptId: receiptId! })
  const { next } = await test.answers.list({ userId, limit: 1 })
  expect(next).toBeNull()
  await test.answers.start({ userId, key: 'l', messages })
  const page = await test.answers.list({ userId, limit: 1 })
  await test.answers.list({ userId, limit: 1, after: page.next! })
  await test.answers.usage({ userId, from: new Date(0), to: new Date(86_400_000) })
  await test.answers.recover()
  await test.answers.check()
  const texts = new Set(prepare.mock.calls.map(([text]) => text))
  prepare.mockRestore()

  const db = new DatabaseSync(test.url.replace('file:', ''), { readOnly: true })
  const reads = [...texts].filter((text) => text.trimStart().startsWith('SELECT') && ABOUT_ANSWERS.test(text))
  const plans = reads.map((text) => {
    const steps = db.prepare(`EXPLAIN QUERY PLAN ${text}`).all()
    return { text, steps: steps.map(({ detail }) => String(detail)) }
  })
  db.close()
  expect(plans.length).toBeGreaterThan(7)
  for (const { text, steps } of plans) {
    for (const step of steps) expect(step, text).not.toMatch(/^SCAN (?!json_each)|TEMP B-TREE FOR ORDER BY/)
    if (text.includes('slot')) expect(steps[0]).toContain('answers:unique:userId+slot')
  }
})
