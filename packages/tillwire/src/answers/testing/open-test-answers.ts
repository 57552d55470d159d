import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ModelEmulator, startModelEmulator } from '@tillwire/model-emulator'
import { type Clock, type Microcredits, microcredits, credits as units } from '../../core/index.ts'
import { type Credits, creditsCollections, holderOf, openCredits } from '../../credits/index.ts'
import { openStore, type Store } from '../../store/index.ts'
import { type AnswerEvent, type Answers, type AnswersOptions, answersCollections, openAnswers } from '../index.ts'
import { openaiModel } from '../openai/index.ts'
import type { ModelPort, PriceBook } from '../types.ts'

export const priceBook: PriceBook = {
  version: 'test-1',
  defaultModel: 'gpt-5-mini',
  minimum: units(0.01),
  models: {
    'gpt-5-mini': {
      input: units(400),
      cachedInput: units(40),
      output: units(3_200),
      maxOutputTokens: 16_384,
      providerCost: { input: 0.25, cachedInput: 0.025, output: 2 },
    },
    'gpt-5': { input: units(2_000), cachedInput: units(200), output: units(16_000), maxOutputTokens: 32_768 },
  },
}
export const userId = 'user_1'

export interface TestAnswers extends AsyncDisposable {
  readonly url: string
  readonly store: Store
  readonly credits: Credits
  readonly answers: Answers
  readonly emulator: ModelEmulator
  /** Another opening of the same database in this process: it shares no answer with the first. */
  another(options?: AnswersOptions): Answers
  fault(fault: object): Promise<void>
  grant(amount: Microcredits): Promise<void>
}

/** Real answers on a real store and ledger, in a folder of their own, with the model emulator behind them. */
export async function openTestAnswers(
  options: AnswersOptions & { granted?: Microcredits; pace?: number; model?: ModelPort; storeClock?: Clock } = {},
): Promise<TestAnswers> {
  const { granted = units(1_000), pace = 0, model, storeClock, ...answersOptions } = options
  const folder = await mkdtemp(join(tmpdir(), 'tillwire-answers-'))
  const url = `file:${join(folder, 'test.db')}`
  const collections = [...creditsCollections, ...answersCollections]
  const emulator = await startModelEmulator({ pace })
  const store = await openStore({ url, collections, clock: storeClock })
  const credits = openCredits({ store, clock: storeClock })
  const port = model ?? openaiModel({ apiKey: 'any', baseUrl: emulator.url })
  const opened: Answers[] = []
  const another = (more: AnswersOptions = {}) => {
    const answers = openAnswers({ store, credits, model: port, priceBook, ...answersOptions, ...more })
    opened.push(answers)
    return answers
  }
  let grants = 0
  const grant = async (amount: Microcredits) => {
    grants += 1
    await credits.grant({ holder: holderOf(userId), amount, key: `grant-${grants}`, source: { kind: 'manual' } })
  }
  if (granted > 0) await grant(granted)
  return {
    url,
    store,
    credits,
    emulator,
    answers: another(),
    another,
    grant,
    async fault(fault) {
      const response = await fetch(`${emulator.url.replace('/v1', '')}/_emulator/faults`, {
        method: 'POST',
        body: JSON.stringify(fault),
      })
      if (!response.ok) throw new Error(await response.text())
    },
    async [Symbol.asyncDispose]() {
      for (const answers of opened) await answers.close()
      await emulator.close()
      await credits.close()
      await store.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** Everything that a follower is told. */
export async function readEvents(events: AsyncIterable<AnswerEvent>): Promise<AnswerEvent[]> {
  const all: AnswerEvent[] = []
  for await (const event of events) all.push(event)
  return all
}

/** The text of a follower's events; fails when a piece is missing, doubled, or out of place. */
export function textOf(events: readonly AnswerEvent[], from = 0): string {
  let text = ''
  for (const event of events) {
    if (event.type !== 'delta') continue
    if (event.offset !== from + text.length) throw new Error(`offset ${event.offset} follows ${from + text.length}`)
    text += event.text
  }
  return text
}

/** What all movements together took from the user. */
export async function consumedBy(credits: Credits): Promise<Microcredits> {
  let sum = 0
  let after: string | undefined
  do {
    const page = await credits.entries(holderOf(userId), { limit: 100, after })
    for (const { postings } of page.items) {
      for (const { account, amount } of postings) if (account === 'consumed' || account === 'absorbed') sum += amount
    }
    after = page.next ?? undefined
  } while (after !== undefined)
  return microcredits(sum)
}

/** Waits until a condition holds. */
export async function eventually(holds: () => Promise<boolean> | boolean, milliseconds = 10_000): Promise<void> {
  const deadline = performance.now() + milliseconds
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('It never came to hold.')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
