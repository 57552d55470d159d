import { setImmediate as turn } from 'node:timers/promises'
import { startModelEmulator } from '@tillwire/model-emulator'
import type { ModelEvent, ModelPort } from 'tillwire/answers'
import { openaiModel } from 'tillwire/answers/openai'

export const QUESTION = 'Write 2000 words about rivers'

/** What the model says to the question, event by event: the same for every peer. */
export async function recordAnswer(): Promise<readonly ModelEvent[]> {
  await using emulator = await startModelEmulator({ pace: 0 })
  const model = openaiModel({ apiKey: 'any', baseUrl: emulator.url })
  const { signal } = new AbortController()
  const messages = [{ role: 'user' as const, content: QUESTION }]
  const events: ModelEvent[] = []
  for await (const event of model.stream({ model: 'gpt-5-mini', messages, maxOutputTokens: 16_000, signal }))
    events.push(event)
  return events
}

/** A model that says it again as fast as it is read: one event a turn of the event loop, as from a network. */
export function replay(events: readonly ModelEvent[]): ModelPort {
  return {
    async *stream({ signal }) {
      for (const event of events) {
        await turn()
        if (signal.aborted) return
        yield event
      }
    },
  }
}

export function lengthOf(events: readonly ModelEvent[]): number {
  return events.reduce((sum, event) => sum + (event.type === 'text' ? event.text.length : 0), 0)
}

/** The answer's tokens, as the model counted them. */
export function tokensOf(events: readonly ModelEvent[]): number {
  const end = events.at(-1)
  if (end?.type !== 'end' || !end.usage) throw new Error('The answer has no end')
  return end.usage.output
}
