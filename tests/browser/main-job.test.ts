import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest'
import { chromiumPath, chromiumRequired, launchChromium } from '../support/chromium.ts'
import { npmStart, type Started } from '../support/npm-start.ts'
import { CARD, DECLINED_CARD, PASSWORD } from '../support/planted.ts'
import { tillwireCommand } from '../support/tillwire-command.ts'
import { until } from '../support/until.ts'
import {
  ask,
  balanceOn,
  keepPictures,
  payWith,
  plantSessionsOf,
  query,
  requestsOf,
  seriousFindings,
  signUp,
} from '../support/web-user.ts'
import { root } from '../tidy/repository.ts'

const START_MS = 300_000
const STEP_MS = 60_000
const WAIT_MS = 15_000
const CREDIT = 1_000_000
const EMAIL = 'ada@here.com'
const QUESTION = 'Explain in great detail, with examples, how a double-entry ledger keeps its books balanced.'
const PAGES = ['/dashboard', '/chat', '/credits', '/account', '/dev/mail', '/']

interface Receipt {
  readonly spent: number
  readonly entries: readonly string[]
  readonly grants: readonly { readonly amount: number }[]
  readonly tokens: { readonly output: number }
}
interface History {
  readonly items: readonly { readonly id: string; readonly amount: number; readonly kind: string }[]
}
interface Answer {
  readonly text: string
  readonly outcome: string
  readonly receiptId: string
  readonly spent: number
}

// One person's first day, in order: each step goes on where the one before it ended.
describe.skipIf(!chromiumPath && !chromiumRequired)('the main job in Chromium', { timeout: STEP_MS }, () => {
  let started: Started
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let otherTab: Page
  const complaints: string[] = []

  beforeAll(async () => {
    started = await npmStart()
    browser = await launchChromium()
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    plantSessionsOf(context)
    context.setDefaultTimeout(WAIT_MS)
    context.on('weberror', (error) => complaints.push(String(error.error())))
    context.on('console', (message) => {
      // An answer with an error status is told by the page itself.
      const isComplaint = message.type() === 'error' && !message.text().startsWith('Failed to load resource')
      if (isComplaint) complaints.push(message.text())
    })
    page = await context.newPage()
  }, START_MS)
  afterAll(async () => {
    await browser?.close()
    await started?.stop()
  }, STEP_MS)
  beforeEach(({ task }) => onTestFailed(() => keepPictures(context, task.name)))

  const tillwire = (...args: string[]) => tillwireCommand(args, started.env)
  const answerId = () => new URL(page.url()).searchParams.get('answer') ?? ''
  const answerText = () => page.getByTestId('answer').innerText()
  const spentOn = async () => Number(await page.getByTestId('cost').getAttribute('data-microcredits'))
  /** Without Markdown's marks, which are on screen at most until they are closed. */
  const letters = (text: string) => text.replaceAll(/[^a-z]/gi, '')
  const grownBeyond = (length: number) =>
    until('the answer to grow', async () => [await answerText()].find((text) => text.length > length), WAIT_MS)

  it('asks for no balance while nobody is signed in', async () => {
    const requests = requestsOf(page)
    await page.goto(started.web)
    await until('live counts', async () =>
      (await page.getByTestId('connections').textContent())?.startsWith('1 visitor'),
    )
    expect(requests.filter((request) => request.includes('/api/trpc/'))).toEqual([])
    expect(await page.getByTestId('balance').count()).toBe(0)
    await page.goto(`${started.web}/credits`)
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/sign-in?next=%2Fcredits')
  })

  it('signs up inside the open page, and opens the signed-in socket without a reload', async () => {
    await page.goto(started.web)
    await page.evaluate(() => Object.assign(window, { untouched: true }))
    await page.getByRole('link', { name: 'Sign up' }).click()
    await page.getByLabel('Name').fill('Ada Lovelace')
    await page.getByLabel('Email').fill(EMAIL)
    await page.getByLabel('Password').fill('short')
    await page.getByRole('button', { name: 'Sign up' }).click()
    expect(await page.getByRole('alert').textContent()).toContain('at least 8 characters')
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign up' }).click()
    await page.waitForURL(`${started.web}/dashboard`)
    await page.getByTitle('Live', { exact: true }).waitFor()
    expect(await page.getByTestId('balance').count()).toBe(1)
    expect(await page.getByTestId('balance').textContent()).toMatch(/^0\b/)
    expect(await page.evaluate(() => 'untouched' in window)).toBe(true)
  })

  it('buys a pack, and the balance rises in another tab without a reload and without a request', async () => {
    otherTab = await context.newPage()
    await otherTab.goto(`${started.web}/dashboard`)
    await otherTab.getByTitle('Live', { exact: true }).waitFor()
    await otherTab.waitForLoadState('networkidle')
    await otherTab.evaluate(() => Object.assign(window, { untouched: true }))
    const requests = requestsOf(otherTab)

    await page.goto(`${started.web}/credits`)
    await page.getByRole('button', { name: 'Buy Starter' }).click()
    await payWith(page, CARD)
    await page.waitForURL(`${started.web}/credits?checkout=success`)
    await page.getByText('5,000 credits are yours').waitFor()
    await until('the balance', async () => (await balanceOn(page)) === 5_000 * CREDIT)
    expect(await page.getByTestId('balance').textContent()).toMatch(/^5,000\b/)

    await until('the balance in the other tab', async () => (await balanceOn(otherTab)) === 5_000 * CREDIT)
    expect(requests).toEqual([])
    expect(await otherTab.evaluate(() => 'untouched' in window)).toBe(true)
  })

  it('says why a card was declined, and grants nothing', async () => {
    await page.goto(`${started.web}/credits`)
    await page.getByRole('button', { name: 'Buy Plus' }).click()
    await payWith(page, DECLINED_CARD)
    expect(await page.getByRole('alert').textContent()).toContain('declined')
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.waitForURL(`${started.web}/credits?checkout=cancelled`)
    await page.getByText('nothing was charged').waitFor()
    expect(await balanceOn(page)).toBe(5_000 * CREDIT)
    const { items } = await query<History>(context, started.web, 'credits.history')
    expect(items.map(({ kind }) => kind)).toEqual(['grant'])
  })

  it('streams an answer while the balance falls, stops it, and shows a receipt that fits to the last digit', async () => {
    await page.goto(`${started.web}/chat`)
    await page.getByLabel('Message').fill(QUESTION)
    await page
      .getByText(/at most [\d.,]+ credits, about/)
      .first()
      .waitFor()
    await page.getByLabel('Message').press('Enter')
    const first = await grownBeyond(0)
    const second = await grownBeyond(first.length)
    expect(letters(second).startsWith(letters(first.slice(0, 20)))).toBe(true)
    await until('the cost to rise', async () => (await spentOn()) > 0)
    await until('the balance to fall', async () => (await balanceOn(page)) < 5_000 * CREDIT)
    await until('the other tab to follow', async () => (await balanceOn(otherTab)) < 5_000 * CREDIT)
    if (process.env.UPDATE_IMAGES) {
      await grownBeyond(1_400)
      await savePicture(page)
    }

    await page.keyboard.press('Escape')
    await page.getByTestId('receipt').waitFor()
    const answer = await query<Answer>(context, started.web, 'answers.get', { id: answerId() })
    const receipt = await query<Receipt>(context, started.web, 'receipts.get', { id: answer.receiptId })
    const { items } = await query<History>(context, started.web, 'credits.history', { limit: 100 })
    const booked = items.filter(({ id }) => receipt.entries.includes(id)).reduce((sum, { amount }) => sum + amount, 0)
    expect(answer.outcome).toBe('stopped')
    expect(receipt.spent).toBeGreaterThan(0)
    expect(receipt.spent).toBe(answer.spent)
    expect(-booked).toBe(receipt.spent)
    expect(receipt.grants.reduce((sum, { amount }) => sum + amount, 0)).toBe(receipt.spent)
    expect(await spentOn()).toBe(receipt.spent)
    await until('the rest to come back', async () => (await balanceOn(page)) === 5_000 * CREDIT - receipt.spent)

    await page.getByTestId('receipt').getByText('Receipt', { exact: true }).first().click()
    await page.getByText('Counted by').waitFor()
    await page.getByText(answer.receiptId).waitFor()
  })

  it('goes on streaming after a reload in the middle', async () => {
    await page.getByRole('button', { name: 'New chat' }).click()
    await ask(page, `${QUESTION} Take your time.`)
    await grownBeyond(200)
    await page.reload()
    const back = await grownBeyond(200)
    await grownBeyond(back.length + 100)
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByTestId('receipt').waitFor()
    const stored = await query<Answer>(context, started.web, 'answers.get', { id: answerId() })
    // Every word is on screen, once and in order.
    expect(letters(await answerText())).toBe(letters(stored.text))
    expect(await spentOn()).toBe(stored.spent)
  })

  it('keeps what was written when the credits end, and leads back after buying more', async () => {
    const poor = await browser.newContext({ viewport: { width: 390, height: 844 } })
    plantSessionsOf(poor)
    poor.setDefaultTimeout(WAIT_MS)
    onTestFailed(() => keepPictures(poor, 'out-of-credits'))
    const phone = await poor.newPage()
    await signUp(phone, started.web, 'grace@here.com')
    expect((await tillwire('grant', 'grace@here.com', '0.9', '--key', 'a-little')).status).toBe(0)
    await until('the grant', async () => (await balanceOn(phone)) === 0.9 * CREDIT)
    await phone.goto(`${started.web}/chat`)
    await ask(phone, QUESTION)
    await phone.getByText('Your credits ran out here').waitFor()
    expect((await phone.getByTestId('answer').innerText()).length).toBeGreaterThan(100)
    await phone.getByRole('link', { name: 'Buy credits' }).click()
    await phone.getByRole('button', { name: 'Buy Starter' }).click()
    await payWith(phone, CARD)
    await phone.getByRole('link', { name: 'Go on with your answer' }).click()
    await phone.getByRole('button', { name: 'Go on' }).click()
    await phone.getByText('so far').waitFor()
    await phone.getByRole('button', { name: 'Stop' }).click()
    await phone.getByTestId('receipt').waitFor()
    await poor.close()
  })

  it.each(['light', 'dark'] as const)('has nothing serious for axe to find on its %s pages', async (colorScheme) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const stored = `/chat?answer=${(await query<{ items: { id: string }[] }>(context, started.web, 'answers.list')).items[0]?.id}`
    for (const path of [...PAGES, stored]) {
      await page.goto(started.web + path)
      await page.waitForLoadState('networkidle')
      expect(await seriousFindings(page), path).toEqual([])
    }
  })

  it('shows that the session was ended elsewhere, and where to sign in again', async () => {
    await page.goto(`${started.web}/credits`)
    await page.getByTitle('Live', { exact: true }).waitFor()
    expect((await tillwire('sessions', 'revoke', EMAIL)).status).toBe(0)
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
    expect(await page.getByTestId('balance').count()).toBe(0)
    expect(await seriousFindings(page)).toEqual([])
    await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click()
    await page.getByLabel('Email').fill(EMAIL)
    await page.getByLabel('Password').fill('not the password')
    await page.getByRole('button', { name: 'Sign in' }).click()
    expect(await page.getByRole('alert').textContent()).toContain('is not right')
    expect(await seriousFindings(page)).toEqual([])
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(`${started.web}/credits`)
    await page.getByTitle('Live', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(`${started.web}/`)
    expect(await page.getByTestId('balance').count()).toBe(0)
  })

  it('keeps what was typed before the script of the page ran', async () => {
    const early = await page.context().newPage()
    const held = Promise.withResolvers<void>()
    await early.route('**/_next/static/**/*.js', async (route) => {
      await held.promise
      await route.continue()
    })
    await early.goto(`${started.web}/sign-in`, { waitUntil: 'commit' })
    await early.getByLabel('Email').fill(EMAIL)
    await early.getByLabel('Password').fill(PASSWORD)
    expect(await early.getByRole('button', { name: 'Sign in' }).isDisabled()).toBe(true)
    held.resolve()
    await early.getByRole('button', { name: 'Sign in' }).click()
    await early.waitForURL(`${started.web}/dashboard`)
    await early.close()
  })

  it('left no error in the console of any page', () => {
    expect(complaints).toEqual([])
  })
})

/** The picture of the chat in the README; made anew with UPDATE_IMAGES=1. */
async function savePicture(page: Page): Promise<void> {
  mkdirSync(join(root, 'docs/images'), { recursive: true })
  await page.screenshot({ path: join(root, 'docs/images/chat.png') })
}
