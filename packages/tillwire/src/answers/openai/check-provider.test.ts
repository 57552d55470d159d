import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startModelEmulator } from '@tillwire/model-emulator'
import { afterEach, describe, expect, it } from 'vitest'
import { checkProvider } from './check-provider.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A provider that answers whatever it is asked with this. */
async function answering(status: number, body: string): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status).end(body)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
}

describe('asking the provider', () => {
  it('says that it takes the key and has the models', async () => {
    await using emulator = await startModelEmulator()
    const options = { apiKey: 'any', baseUrl: emulator.url, models: ['gpt-5', 'gpt-5-mini'] }
    expect(await checkProvider(options)).toBe(`${emulator.url} accepts the key and has gpt-5, gpt-5-mini`)
    const missing = checkProvider({ ...options, models: ['gpt-5', 'gpt-99'] })
    await expect(missing).rejects.toMatchObject({
      code: 'invalid_provider',
      message: expect.stringContaining('gpt-99'),
    })
  })

  it.each([
    [401, 'OPENAI_API_KEY is wrong'],
    [403, 'may not'],
    [404, 'OPENAI_BASE_URL'],
    [429, 'out of credit'],
    [503, 'out of order'],
  ])('says what to check when it answers %i, and never the key', async (status, advice) => {
    const baseUrl = await answering(status, '{"error":{"message":"key sk-secret"}}')
    const asked = checkProvider({ apiKey: 'sk-secret', baseUrl, models: [] })
    const error = await asked.catch((reason: Error) => reason)
    expect(String(error)).toContain(advice)
    expect(String(error)).not.toContain('sk-secret')
  })

  it('stands what is no list, and nobody there', async () => {
    for (const body of ['', 'null', '[]', '{"data":[null,{"id":5}]}', 'x'.repeat(100_000)]) {
      const asked = checkProvider({ apiKey: 'any', baseUrl: await answering(200, body), models: ['gpt-5'] })
      await expect(asked).rejects.toMatchObject({ code: 'invalid_provider' })
    }
    const nobody = checkProvider({ apiKey: 'any', baseUrl: 'http://127.0.0.1:1/v1', models: [] })
    await expect(nobody).rejects.toMatchObject({ message: expect.stringContaining('could not be reached') })
  })
})
