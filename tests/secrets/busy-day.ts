import { once } from 'node:events'
import { connect } from 'node:net'
import { mails } from 'tillwire/sessions'
import { auth, openClient, payOn, startSurroundings, startWhole } from '../../apps/server/tests/whole.ts'
import { plant, plantLink, plantSession } from '../support/evidence.ts'
import { npmStart, type Started } from '../support/npm-start.ts'
import { CARD, DECLINED_CARD, PASSWORD, SECRET_SETTINGS } from '../support/planted.ts'
import { tillwireCommand } from '../support/tillwire-command.ts'
import { until } from '../support/until.ts'

export const EMAIL = 'grace@here.com'
const WRONG = { password: 'not the right password', webhookSecret: 'whsec_of_somebody_else' }

/**
 * Everything that takes a secret, once, on `npm start` with each secret setting given: what goes well, what goes
 * wrong, and what is refused, since errors are what is logged.
 */
export async function spendBusyDay(): Promise<void> {
  await using surroundings = await startSurroundings({ pace: 0 })
  const { STRIPE_API_BASE = '', OPENAI_BASE_URL = '' } = surroundings.env
  await using started = await npmStart({ env: { ...SECRET_SETTINGS, STRIPE_API_BASE, OPENAI_BASE_URL } })
  await surroundings.sendWebhooksTo(started.server)

  const cookie = await signInEveryWay(started)
  await buy(started, cookie, STRIPE_API_BASE)
  await ask(started, cookie, OPENAI_BASE_URL.replace('/v1', ''))
  await beRefused(started)
  await runCommands(started)
}

/** By password and by mailed link; not with a wrong password, a forged session, or a link that was used. */
async function signInEveryWay(started: Started): Promise<string> {
  const post = (path: string, body: object) =>
    fetch(`${started.web}/api/auth/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: started.web },
      body: JSON.stringify(body),
    })
  const ok = async (answer: Response) => {
    if (answer.status >= 400) throw new Error(`${answer.url} answered ${answer.status}: ${await answer.text()}`)
    plantSession(answer.headers.getSetCookie())
    return answer
  }
  await ok(await post('sign-up/email', { name: 'Grace', email: EMAIL, password: PASSWORD }))
  plant('password', WRONG.password)
  await post('sign-in/email', { email: EMAIL, password: WRONG.password })
  await ok(await post('sign-in/email', { email: EMAIL, password: PASSWORD }))

  await ok(await post('sign-in/magic-link', { email: EMAIL }))
  const letters = await (await fetch(`${started.web}/dev/mail`)).text()
  const link = (/href="([^"]+token=[^"]+)"/.exec(letters)?.[1] ?? '').replaceAll('&amp;', '&')
  plantLink(link)
  const signedIn = await ok(await fetch(link, { redirect: 'manual' }))
  await fetch(link, { redirect: 'manual' })

  const cookie = signedIn.headers.getSetCookie().map((text) => text.split(';')[0])
  await fetch(`${started.web}/account`, { headers: { cookie: `${cookie.join('; ')}x` } })
  return cookie.join('; ')
}

/** With a card that is declined, with one that is not, and when Stripe fails. */
async function buy(started: Started, cookie: string, stripe: string): Promise<void> {
  const checkout = () =>
    fetch(`${started.web}/api/trpc/credits.checkout`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: started.web, cookie },
      body: JSON.stringify({ json: { pack: 'starter' } }),
    })
  const fault = { method: 'POST', path: '/v1/checkout/sessions', phase: 'before', kind: 'error', status: 400, times: 1 }
  await fetch(`${stripe}/_emulator/faults`, { method: 'POST', body: JSON.stringify(fault) })
  await checkout()
  const { result } = await (await checkout()).json()
  const { url } = result.data.json
  await payOn(url, DECLINED_CARD)
  const back = await payOn(url, CARD)
  if (!back.includes('checkout=success')) throw new Error(`Paying led to "${back}"`)
  await fetch(back, { headers: { cookie } })
}

/** Once answered, once with a model that fails. */
async function ask(started: Started, cookie: string, model: string): Promise<void> {
  const client = await openClient(started.server, cookie, started.web)
  const question = (key: string) => ({ key, messages: [{ role: 'user', content: 'How do tides work, briefly?' }] })
  await until('the credits', async () => {
    const balance = await client.ask<{ available: number }>('balance:get')
    return balance.ok && balance.data.available > 0
  })
  await client.ask('answer:start', question('answered'))
  await client.until('answer:end')
  const fault = { kind: 'error', status: 401, times: 3 }
  await fetch(`${model}/_emulator/faults`, { method: 'POST', body: JSON.stringify(fault) })
  await client.ask('answer:start', question('failed'))
  await client.until('answer:end', ({ outcome }) => outcome === 'failed')
  client.socket.disconnect()
}

/** Requests that bring secrets where none belong, or wrong ones. */
async function beRefused({ server, web }: Started): Promise<void> {
  const authorization = `Bearer ${SECRET_SETTINGS.OPENAI_API_KEY}`
  const inQuery = new URLSearchParams({ password: PASSWORD, card: CARD }).toString()
  const stripe = { 'stripe-signature': `t=1,v1=${WRONG.webhookSecret}` }
  for (const [url, init] of [
    [`${server}/webhooks/stripe`, { method: 'POST', headers: stripe, body: JSON.stringify({ number: CARD }) }],
    [`${server}/api/v1/balance?${inQuery}`, { headers: { authorization } }],
    [`${server}/v1/responses`, { method: 'POST', headers: { authorization }, body: `{"card": "${CARD}"` }],
    [`${web}/api/trpc/credits.balance?${inQuery}`, { headers: { authorization } }],
    [`${web}/api/auth/sign-in/email?${inQuery}`, { method: 'POST', body: `{"password": "${PASSWORD}` }],
  ] satisfies [string, RequestInit][]) {
    await fetch(url, init)
  }
  // What no parser of HTTP takes.
  const { hostname, port } = new URL(server)
  const raw = connect(Number(port), hostname)
  raw.end(`GET /${PASSWORD} HTTP/9\r\nCookie: ${PASSWORD}\r\n\r\n`)
  await once(raw.resume(), 'close')
}

/** With right settings and with wrong ones, which are secrets all the same. */
async function runCommands({ env }: Started): Promise<void> {
  const wrong = {
    ...env,
    AUTH_SECRET: PASSWORD,
    ENCRYPTION_KEYS: `k1:${SECRET_SETTINGS.AUTH_SECRET}`,
    STRIPE_SECRET_KEY: SECRET_SETTINGS.OPENAI_API_KEY,
    DATABASE_URL: `postgres://user:${encodeURIComponent(PASSWORD)}@127.0.0.1/x`,
    SMTP_URL: `http://user:${encodeURIComponent(PASSWORD)}@127.0.0.1`,
  }
  await Promise.all([
    tillwireCommand(['check'], env),
    tillwireCommand(['doctor'], env),
    tillwireCommand(['balance', EMAIL], wrong),
  ])
}

/** A mail server that is not there, with a password in its address; told in the log and kept on the mail. */
export async function failToMail(): Promise<void> {
  const SMTP_URL = `smtp://mailer:${encodeURIComponent(PASSWORD)}@127.0.0.1:1`
  await using whole = await startWhole({ env: { SMTP_URL } })
  await auth(whole.tillwire, 'sign-in/magic-link', { email: EMAIL })
  const outbox = whole.tillwire.store.collection(mails)
  const mail = await until('an attempt', () => outbox.findOne({ error: { exists: true } }))
  plantLink(mail.link ?? '')
}
