import { ModelFailed } from '../errors.ts'

/** The longest event, in characters: the last one of a stream repeats all of its text. */
const MOST_EVENT = 8 * 1024 * 1024

/** An event as a provider sends it: nothing in it is known to be what it should. */
export type StreamEvent = Readonly<Record<string, unknown>>

/**
 * The events of a stream of server-sent events. `onLife` is called for whatever arrives, comments included,
 * which providers send so that a connection is not taken for dead.
 * @throws ModelFailed for an event that is not JSON, or longer than 8 million characters.
 */
export async function* readEvents(body: AsyncIterable<Uint8Array>, onLife: () => void): AsyncGenerator<StreamEvent> {
  let data = ''
  for await (const line of linesOf(body, onLife)) {
    if (line.startsWith('data:')) data += `${data && '\n'}${line.slice(line.startsWith('data: ') ? 6 : 5)}`
    if (data.length > MOST_EVENT) throw new ModelFailed('it sent an event that is longer than any answer')
    if (line !== '' || data === '') continue
    if (data !== '[DONE]') yield parse(data)
    data = ''
  }
  if (data !== '' && data !== '[DONE]') yield parse(data)
}

async function* linesOf(body: AsyncIterable<Uint8Array>, onLife: () => void): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let line = ''
  for await (const bytes of body) {
    onLife()
    const [rest = '', ...lines] = decoder.decode(bytes, { stream: true }).split('\n')
    line += rest
    for (const next of lines) {
      yield line.endsWith('\r') ? line.slice(0, -1) : line
      line = next
    }
    if (line.length > MOST_EVENT) throw new ModelFailed('it sent a line that is longer than any answer')
  }
  yield line
}

function parse(data: string): StreamEvent {
  let event: unknown
  try {
    event = JSON.parse(data)
  } catch {
    // What it sent is not named as the cause: it may be part of an answer.
    throw new ModelFailed('it sent an event that cannot be read')
  }
  if (typeof event !== 'object' || event === null || Array.isArray(event))
    throw new ModelFailed('it sent an event that is none')
  return event as StreamEvent
}
