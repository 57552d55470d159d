import { readFile } from 'node:fs/promises'
import { credits } from 'tillwire'
import { holderOf } from 'tillwire/credits'
import { describe, expect, it } from 'vitest'
import { createServerApp } from '../src/app.ts'
import { loadFeatures } from '../src/load-features.ts'
import guestbook from './guestbook.ts'
import { startWhole } from './whole.ts'

describe('a feature', () => {
  it('is what the README shows', async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
    const example = readme.split('```ts\n')[1]?.split('```')[0]
    expect(example).toBe(await readFile(new URL('./guestbook.ts', import.meta.url), 'utf8'))
  })

  it('is a table, a route, an event with a price, and a job', async () => {
    await using whole = await startWhole({ features: [guestbook] })
    const { credits: ledger } = whole.tillwire
    const ada = await whole.signUp('ada')
    const holder = holderOf(ada.userId)
    const tab = await whole.open(ada.cookie)
    expect(await tab.ask('guestbook:sign', { text: 'Hello' })).toMatchObject({ error: { code: 'out_of_credits' } })
    await ledger.grant({ holder, amount: credits(2), key: 'gift', source: { kind: 'manual' } })

    const signed = await tab.ask<{ id: string }>('guestbook:sign', { text: 'Hello' })
    if (!signed.ok) throw new Error(signed.error.message)
    const entry = { id: signed.data.id, text: 'Hello' }
    expect(signed.data).toEqual({ id: entry.id })
    expect(await tab.until('guestbook:signed')).toEqual(entry)
    expect(await (await fetch(`${whole.url}/guestbook`)).json()).toEqual([entry])
    expect(await ledger.balance(holder)).toMatchObject({ available: credits(1), held: 0 })

    expect(await tab.ask('guestbook:sign', { text: '' })).toMatchObject({ error: { code: 'invalid_payload' } })
    expect(await ledger.balance(holder)).toMatchObject({ available: credits(1), held: 0 })

    await tab.ask('guestbook:sign', { text: 'Win at our CASINO' })
    await guestbook.jobs[0]?.run(whole.server.app, new AbortController().signal)
    expect(await (await fetch(`${whole.url}/guestbook`)).json()).toEqual([entry])
  })

  it('may not take what another one has', async () => {
    await using whole = await startWhole()
    const { tillwire } = whole
    const features = [...tillwire.config.features, ...(await loadFeatures())]
    expect(() => createServerApp({ ...tillwire, config: { ...tillwire.config, features } })).toThrow(
      /the name "answers" is already one of "answers"/,
    )
  })
})

it('every file of the folder is a feature', async () => {
  const names = (await loadFeatures()).map(({ name }) => name)
  expect(names).toEqual(['answers', 'balance', 'connections', 'health', 'mail', 'store', 'webhooks', 'workflows'])
})
