import { setTimeout as wait } from 'node:timers/promises'
import { harmless, microcredits, newId, silentLogger, systemClock, Turns, withRequest } from '../core/index.ts'
import type { Credits } from '../credits/index.ts'
import { MAX_PROMPT_CHARACTERS } from '../protocol/index.ts'
import type { Store } from '../store/index.ts'
import { checkAnswers } from './check-answers.ts'
import { usageOf } from './day-sums.ts'
import { AnswersClosed } from './errors.ts'
import { followAnswer } from './follow-answer.ts'
import type { AnswerParts } from './parts.ts'
import { getAnswer, getReceipt, listAnswers, ownAnswer } from './read-answers.ts'
import { recoverAnswers } from './recover-answers.ts'
import { RunningAnswer } from './running-answer.ts'
import { SetAside } from './set-aside.ts'
import { quoteAnswer, startAnswer } from './start-answer.ts'
import { askToStop } from './stop-answer.ts'
import type { Answers, AnswersOptions, ModelPort, PriceBook } from './types.ts'

/** An ending waits no longer than this for the others of its user, whose sums it adds to. */
const LONGEST_TURN_WAIT_MS = 5_000
const MAX_OPEN_PER_USER = 64
/** `close` waits no longer than this for answers to be charged and written; the rest is recovered later. */
const CLOSE_DEADLINE_MS = 5_000

/**
 * Opens metered answers on a store and a ledger. Nothing runs by itself but the answers that are started
 * here: call `recover` now and then, from any process.
 * @example
 * const answers = openAnswers({ store, credits, model: openaiModel({ apiKey, baseUrl: null }), priceBook })
 * const { answerId } = await answers.start({ userId, key: 'first', messages: [{ role: 'user', content: 'Why?' }] })
 * const { events } = await answers.follow({ userId, answerId, offset: 0 })
 * for await (const event of events) if (event.type === 'delta') process.stdout.write(event.text)
 */
export function openAnswers(
  options: AnswersOptions & {
    readonly store: Store
    readonly credits: Credits
    readonly model: ModelPort
    readonly priceBook: PriceBook
  },
): Answers {
  const logger = options.logger ?? silentLogger
  const parts: AnswerParts = {
    store: options.store,
    credits: options.credits,
    model: options.model,
    priceBook: options.priceBook,
    clock: options.clock ?? systemClock,
    logger,
    observer: harmless(options.observer, logger),
    owner: newId('owner'),
    turns: new Turns(LONGEST_TURN_WAIT_MS),
    maxOpenPerUser: options.maxOpenPerUser ?? MAX_OPEN_PER_USER,
    maxPromptCharacters: options.maxPromptCharacters ?? MAX_PROMPT_CHARACTERS,
  }
  const running = new Map<string, RunningAnswer>()
  const setAside = new SetAside()
  const starting = new Set<Promise<unknown>>()
  const closed = new AbortController()
  let closing = false

  const start: Answers['start'] = async (request) => {
    const started = await startAnswer(parts, request)
    const { answer, replayed } = started
    if (!started.replayed) {
      const run = new RunningAnswer(parts, answer, started.hold, request.messages)
      running.set(answer.id, run)
      void run.done.then(() => running.delete(answer.id))
    }
    return { answerId: answer.id, quote: { max: microcredits(answer.quoteMax) }, replayed }
  }

  return {
    async quote(request) {
      const { max, terms, model } = await quoteAnswer(parts, request)
      return { max, inputTokens: terms.inputTokens, model }
    },

    async start(request) {
      if (closing) throw new AnswersClosed()
      const { requestId } = request
      const started = requestId === undefined ? start(request) : withRequest(requestId, () => start(request))
      starting.add(started)
      return await started.finally(() => starting.delete(started))
    },

    async follow({ userId, answerId, offset, signal }) {
      const answer = await ownAnswer(parts, userId, answerId)
      const live = running.get(answerId)?.live ?? null
      const length = Math.max(live?.length ?? 0, answer.textLength)
      const end = live?.end
      const state = end && end !== 'elsewhere' ? end.outcome : answer.state
      const events = followAnswer(parts, {
        answerId,
        offset: Math.min(offset, length),
        live,
        signal: signal ?? new AbortController().signal,
        closed: closed.signal,
      })
      return { state, offset: length, events }
    },

    async stop({ userId, answerId }) {
      const answer = await ownAnswer(parts, userId, answerId)
      if (answer.state !== 'streaming') return
      const run = running.get(answerId)
      if (run) run.cancel('stopped')
      else await askToStop(parts, answerId)
    },

    get: (request) => getAnswer(parts, request),
    list: (request) => listAnswers(parts, request),
    receipt: (request) => getReceipt(parts, request),
    usage: (request) => usageOf(parts.store, request),
    recover: () => recoverAnswers(parts, setAside),
    check: () => checkAnswers(parts),

    async close() {
      closing = true
      const timer = new AbortController()
      const deadline = wait(CLOSE_DEADLINE_MS, undefined, { signal: timer.signal }).catch(() => undefined)
      await Promise.race([Promise.allSettled(starting).then(endAll), deadline])
      timer.abort()
      closed.abort()
    },
  }

  async function endAll(): Promise<void> {
    const runs = [...running.values()]
    for (const run of runs) run.cancel('interrupted')
    await Promise.all(runs.map((run) => run.done))
  }
}
