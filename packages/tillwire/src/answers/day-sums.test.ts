import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStore, type Store } from '../store/index.ts'
import { addToDay, type Spend, usageOf, withSpend } from './day-sums.ts'
import { answerDays } from './schema.ts'
import { eventually, openTestAnswers, userId } from './testing/open-test-answers.ts'

const BEGIN = Date.parse('2026-11-01T00:00:00Z')
const spend = fc.record({
  userId: fc.constantFrom('ada', 'bob'),
  model: fc.constantFrom('small', 'large', '__proto__'),
  spent: fc.integer({ min: 1, max: 2 ** 40 }),
  at: fc.integer({ min: 0, max: 5 * 86_400_000 - 1 }).map((ms) => new Date(BEGIN + ms).toISOString()),
})

let store: Store
beforeAll(async () => {
  store = await openStore({ url: 'memory:', collections: [answerDays] })
})
afterAll(() => store.close())

describe('what a user spent', () => {
  it('adds up, by quarter of an hour and model, to exactly what the answers cost', async () => {
    let run = 0
    await fc.assert(
      fc.asyncProperty(fc.array(spend, { maxLength: 30 }), async (spends) => {
        run += 1
        const own = ({ userId }: Spend) => `${userId}-${run}`
        for (const each of spends)
          await store.commit({ writes: [await addToDay(store, { ...each, userId: own(each) })] })
        for (const user of ['ada', 'bob']) {
          const request = { userId: `${user}-${run}`, from: new Date(BEGIN), to: new Date(BEGIN + 5 * 86_400_000) }
          const naive = new Map<string, { spent: number; answers: number }>()
          for (const { userId, model, spent, at } of spends) {
            if (userId !== user) continue
            const quarter = new Date(Date.parse(at) - (Date.parse(at) % 900_000)).toISOString()
            const sum = naive.get(`${quarter} ${model}`) ?? { spent: 0, answers: 0 }
            naive.set(`${quarter} ${model}`, { spent: sum.spent + spent, answers: sum.answers + 1 })
          }
          const usage = await usageOf(store, request)
          expect(usage.map(({ at }) => at)).toEqual(usage.map(({ at }) => at).toSorted())
          const told = usage.map(({ at, model, spent, answers }) => [`${at} ${model}`, { spent, answers }] as const)
          expect(new Map(told)).toEqual(naive)
        }
      }),
      { numRuns: 40 },
    )
  })

  it('is asked for a year at most, and is exact past what a number holds', async () => {
    const to = new Date(BEGIN)
    const from = new Date(BEGIN - 400 * 86_400_000)
    await expect(usageOf(store, { userId: 'ada', from, to })).rejects.toMatchObject({ code: 'invalid_payload' })
    const invalid = new Date(Number.NaN)
    await expect(usageOf(store, { userId: 'ada', from: invalid, to })).rejects.toMatchObject({
      code: 'invalid_payload',
    })
    const most = { userId: 'ada', model: 'm', spent: Number.MAX_SAFE_INTEGER, at: to.toISOString() }
    const little = { ...most, spent: 5 }
    const sums = [most, little, most, little].reduce(withSpend, [])
    expect(sums.map(({ spent, answers }) => [spent, answers])).toEqual([
      [most.spent, 1],
      [10, 2],
      [most.spent, 1],
    ])
  })

  it('is written with the end of each answer, when many of one user end at once, in two processes', async () => {
    await using test = await openTestAnswers()
    const others = [test.answers, test.another()]
    const starts = Array.from({ length: 24 }, (_, index) =>
      others[index % 2]!.start({
        userId,
        key: `k${index}`,
        messages: [{ role: 'user', content: 'Hello' }],
        model: index % 3 === 0 ? 'gpt-5' : 'gpt-5-mini',
      }),
    )
    const ids = (await Promise.all(starts)).map(({ answerId }) => answerId)
    const all = () => Promise.all(ids.map((answerId) => test.answers.get({ userId, answerId })))
    await eventually(async () => (await all()).every(({ outcome }) => outcome === 'complete'))
    const [from, to] = [new Date(Date.now() - 3_600_000), new Date()]
    const usage = await test.answers.usage({ userId, from, to })
    for (const model of ['gpt-5', 'gpt-5-mini']) {
      const answers = (await all()).filter((answer) => answer.model === model)
      const sums = usage.filter((sum) => sum.model === model)
      expect(sums.reduce((total, { spent }) => total + spent, 0)).toBe(
        answers.reduce((total, { spent }) => total + spent, 0),
      )
      expect(sums.reduce((total, sum) => total + sum.answers, 0)).toBe(answers.length)
    }
    expect(await test.answers.usage({ userId: 'user_2', from, to })).toEqual([])
  })
})
