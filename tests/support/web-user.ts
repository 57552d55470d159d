import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { root } from '../tidy/repository.ts'
import { plantSession } from './evidence.ts'
import { PASSWORD } from './planted.ts'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const PICTURES = join(root, 'test-results')

/** The exact balance on the page, in microcredits. */
export async function balanceOn(page: Page): Promise<number> {
  return Number(await page.getByTestId('balance').getAttribute('data-microcredits'))
}

export async function signUp(page: Page, web: string, email: string): Promise<void> {
  await page.goto(`${web}/sign-up`)
  await page.getByLabel('Name').fill('Ada Lovelace')
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign up' }).click()
  await page.waitForURL(`${web}/dashboard`)
}

/** Plants every session that this browser is given from now on. */
export function plantSessionsOf(context: BrowserContext): void {
  context.on('response', async (response) => {
    const headers = await response.headersArray().catch(() => [])
    plantSession(headers.filter(({ name }) => name.toLowerCase() === 'set-cookie').map(({ value }) => value))
  })
}

/** Fills in the payment page, as a person with this card. */
export async function payWith(page: Page, card: string): Promise<void> {
  await page.getByLabel('Card number').fill(card)
  await page.getByLabel('Expiry').fill('12/34')
  await page.getByLabel('CVC').fill('123')
  await page.getByLabel('Name on card').fill('Ada Lovelace')
  await page.getByRole('button', { name: 'Pay' }).click()
}

export async function ask(page: Page, question: string): Promise<void> {
  await page.getByLabel('Message').fill(question)
  await page.getByRole('button', { name: 'Send' }).click()
}

/** A query of the web app's procedures, with the cookies of this browser. */
export async function query<T>(context: BrowserContext, web: string, name: string, input: object = {}): Promise<T> {
  const parameter = encodeURIComponent(JSON.stringify({ json: input }))
  const response = await context.request.get(`${web}/api/trpc/${name}?input=${parameter}`)
  const body = await response.json()
  if (!response.ok()) throw new Error(`${name} answered ${response.status()}: ${JSON.stringify(body)}`)
  return body.result.data.json
}

/** Every request that a page makes from now on; sockets that stay open are none. */
export function requestsOf(page: Page): string[] {
  const requests: string[] = []
  page.on('request', (request) => requests.push(`${request.method()} ${request.url()}`))
  return requests
}

/** What axe finds on the page that is serious or worse, one line each. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(axeSource)
  const violations = await page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> }
    }
    return (await axe.run()).violations
  })
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)
}

/** Keeps a picture of every open page, for a test that failed. */
export async function keepPictures(context: BrowserContext | undefined, name: string): Promise<void> {
  mkdirSync(PICTURES, { recursive: true })
  for (const [index, page] of (context?.pages() ?? []).entries()) {
    const file = `${name.replaceAll(/\W+/g, '-').slice(0, 100)}-${index + 1}.png`
    await page.screenshot({ path: join(PICTURES, file), fullPage: true }).catch(() => {})
  }
}
