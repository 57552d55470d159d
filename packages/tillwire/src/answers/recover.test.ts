import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { type Clock, type Logger, milliseconds, newId, silentLogger, credits as units } from '../core/index.ts'
import { holderOf } from '../credits/index.ts'
import { insert } from '../store/index.ts'
import { holdKeyOf } from './hold-key.ts'
import { answers } from './schema.ts'
import { eventually, openTestAnswers, readEvents, type TestAnswers, userId } from './testing/open-test-answers.ts'

const messages = [{ role: 'user' as const, content: 'Write 700 words about rivers' }]
const after = (minutes: number): Clock => ({ now: () => new Date(Date.now() + minutes * milliseconds('1m')) })

/** An answer whose process is gone, and what it reserved, with a time limit that nobody uses any more. */
async function leaveAnswer(test: TestAnswers, like: string): Promise<string> {
  const {
    version: _version,
    createdAt: _createdAt,
    updatedAt: _updatedAt,
    ...fields
  } = (await test.store.collection(answers).get(like))!
  const [id, holdId] = [newId('answer'), newId('hold')]
  const left = { ...fields, id, key: id, holdId, owner: 'owner_gone', slot: undefined, state: 'streaming' as const }
  const write = insert(answers, { ...left, endedAt: null, receiptId: null, spent: 0, leaseUntil: fields.startedAt })
  const hold = { id: holdId, holder: holderOf(userId), key: holdKeyOf(id), max: units(1), ttl: '7m' } as const
  await test.credits.reserve({ ...hold, also: { writes: [write] } })
  return id
}

async function endedAnswer(test: TestAnswers): Promise<string> {
  const { answerId } = await test.answers.start({ userId, key: 'like', messages })
  await readEvents((await test.answers.follow({ userId, answerId, offset: 0 })).events)
  return answerId
}

function recorder(): { logger: Logger; errors: unknown[] } {
  const errors: unknown[] = []
  const logger: Logger = { ...silentLogger, error: (fields) => errors.push(fields), child: () => logger }
  return { logger, errors }
}

describe('an answer that was left', () => {
  it('is ended with the hold that it names, whatever the time limits were when that was made', async () => {
    await using test = await openTestAnswers()
    const id = await leaveAnswer(test, await endedAnswer(test))
    expect(await test.answers.recover()).toBe(1)
    expect(await test.answers.get({ userId, answerId: id })).toMatchObject({ outcome: 'failed' })
    expect((await test.credits.balance(holderOf(userId))).held).toBe(0)
    expect((await test.credits.check()).problems).toEqual([])
  })

  it('is set aside when it cannot be ended, and the others are ended', async () => {
    const { logger, errors } = recorder()
    await using test = await openTestAnswers()
    const like = await endedAnswer(test)
    const ids: string[] = []
    for (let index = 0; index < 5; index++) ids.push(await leaveAnswer(test, like))
    const [unreadable = '', withoutHold = '', ...others] = ids
    const db = new DatabaseSync(test.url.replace('file:', ''))
    const broken = db.prepare(`UPDATE answers SET doc = json_set(doc, '$.price', json('null')) WHERE id = ?`)
    const lost = db.prepare(`UPDATE answers SET doc = json_set(doc, '$.holdId', 'hold_none') WHERE id = ?`)
    broken.run(unreadable)
    lost.run(withoutHold)
    db.close()

    let clock = after(0)
    const sweeping = test.another({ logger, clock: { now: () => clock.now() } })
    expect(await sweeping.recover()).toBe(others.length)
    expect(errors).toMatchObject([{ answer: unreadable }, { answer: withoutHold }])
    expect(await sweeping.recover()).toBe(0)
    expect(errors).toHaveLength(2)
    expect((await sweeping.check()).problems).toEqual([])
    clock = after(20)
    expect(await sweeping.recover()).toBe(0)
    expect(errors).toHaveLength(4)
    expect(await sweeping.check()).toMatchObject({
      problems: [
        { code: 'answer_not_ended', id: unreadable },
        { code: 'answer_not_ended', id: withoutHold },
      ],
      checked: { openAnswers: 2 },
    })
  })
})

describe('a hold of an answer under way', () => {
  it('is renewed also when there is nothing more to hold', async () => {
    await using rich = await openTestAnswers({ pace: 1 })
    await rich.answers.start({ userId, key: 'k', messages })
    const { held: granted } = await rich.credits.balance(holderOf(userId))

    let clock = after(0)
    const moving = { now: () => clock.now() }
    await using test = await openTestAnswers({ granted, clock: moving, storeClock: moving })
    // More is wanted below 32 tokens; the first hold pays for 192.
    await test.fault({ kind: 'stall', after: 58 })
    const { answerId } = await test.answers.start({ userId, key: 'k', messages })
    await eventually(async () => (await test.answers.get({ userId, answerId })).text.length > 400)
    const { holdId } = (await test.store.collection(answers).get(answerId))!
    const end = async () => Date.parse((await test.credits.getHold(holdId))!.expiresAt)
    clock = after(10)
    await eventually(async () => (await end()) - Date.now() > milliseconds('20m'))
    expect(await test.answers.get({ userId, answerId })).toMatchObject({ outcome: 'streaming' })
  })
})

describe('the request that asked for an answer', () => {
  it('is kept with it and with all that moved credits for it, also by who took it over', async () => {
    await using test = await openTestAnswers({ pace: 200 })
    const { answerId } = await test.answers.start({ userId, key: 'k', messages, requestId: 'req_9' })
    await eventually(async () => (await test.answers.get({ userId, answerId })).spent > 0)
    await eventually(async () => (await test.another({ clock: after(1) }).recover()) === 1)
    const { items } = await test.credits.entries(holderOf(userId))
    const moved = items.filter(({ kind }) => kind !== 'grant')
    expect(moved.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['reserve', 'spend', 'settle']))
    for (const { refs } of moved) expect(refs.request).toBe('req_9')
    expect(await test.store.collection(answers).get(answerId)).toMatchObject({ requestId: 'req_9' })
    const wrong = test.answers.start({ userId, key: 'wrong', messages, requestId: 'a b' })
    await expect(wrong).rejects.toMatchObject({ code: 'invalid_payload' })
  })
})
