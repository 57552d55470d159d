import { InvalidProvider } from '../errors.ts'

const OPENAI = 'https://api.openai.com/v1'
const LIMIT_MS = 5_000
const MOST_LISTED = 10_000_000

/**
 * Asks the provider whether it takes the key and has these models; asks no question, so it costs nothing.
 * Returns a sentence that says so.
 * @throws InvalidProvider naming what is wrong, and what to check
 */
export async function checkProvider(options: {
  readonly apiKey: string
  /** OpenAI's own when null. */
  readonly baseUrl: string | null
  readonly models: readonly string[]
}): Promise<string> {
  const { apiKey, baseUrl, models } = options
  const address = baseUrl ?? OPENAI
  // An address may carry a name and a password.
  const { origin, pathname } = new URL(address)
  const base = `${origin}${pathname}`
  const answer = await fetch(`${address}/models`, {
    headers: { authorization: `Bearer ${apiKey}` },
    signal: AbortSignal.timeout(LIMIT_MS),
  }).catch((cause: unknown) => {
    throw new InvalidProvider(`${base} could not be reached: check OPENAI_BASE_URL and the network`, cause)
  })
  if (!answer.ok) {
    await answer.body?.cancel()
    throw new InvalidProvider(`${base} answered ${answer.status}: ${adviceOn(answer.status)}`)
  }
  const listed = namesIn(await beginningOf(answer))
  const missing = models.filter((model) => !listed.includes(model))
  if (missing.length > 0)
    throw new InvalidProvider(
      `${base} accepts the key and has no ${missing.join(', ')}: take what it lacks out of \`prices.models\`, or ask for access to it`,
    )
  return `${base} accepts the key and has ${models.join(', ')}`
}

function adviceOn(status: number): string {
  if (status === 401) return 'OPENAI_API_KEY is wrong or was revoked'
  if (status === 403) return 'OPENAI_API_KEY may not list models, or this place may not use the API'
  if (status === 404) return 'OPENAI_BASE_URL is not the address of such an API'
  if (status === 429) return 'the account is at its limit or out of credit'
  return status >= 500 ? 'it is out of order; ask again later' : 'check OPENAI_API_KEY and OPENAI_BASE_URL'
}

async function beginningOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const part of body ?? []) {
    text += decoder.decode(part, { stream: true })
    if (text.length > MOST_LISTED) break
  }
  return text
}

function namesIn(text: string): string[] {
  try {
    const { data } = JSON.parse(text) as { data?: unknown }
    return Array.isArray(data) ? data.map((model: { id?: unknown } | null) => String(model?.id)) : []
  } catch {
    return []
  }
}
