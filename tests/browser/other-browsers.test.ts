import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest'
import { chromiumPath, chromiumRequired, launchChromium } from '../support/chromium.ts'
import { npmStart, type Started } from '../support/npm-start.ts'
import { CARD, PASSWORD } from '../support/planted.ts'
import { tillwireCommand } from '../support/tillwire-command.ts'
import { until } from '../support/until.ts'
import { ask, balanceOn, keepPictures, payWith, plantSessionsOf, query, signUp } from '../support/web-user.ts'

const START_MS = 300_000
const STEP_MS = 60_000
const WAIT_MS = 15_000
const CREDIT = 1_000_000
const EMAIL = 'hedy@here.com'
const QUESTION = 'Explain in great detail, with examples, how frequency hopping keeps a signal from being jammed.'

// What Safari, Firefox, a translator and a hurried person do, by the events that they send.
describe.skipIf(!chromiumPath && !chromiumRequired)('the pages in other hands', { timeout: STEP_MS }, () => {
  let started: Started
  let browser: Browser
  let context: BrowserContext
  let page: Page

  beforeAll(async () => {
    started = await npmStart()
    browser = await launchChromium()
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    plantSessionsOf(context)
    context.setDefaultTimeout(WAIT_MS)
    page = await context.newPage()
    await signUp(page, started.web, EMAIL)
    await tillwireCommand(['grant', EMAIL, '1000', '--key', 'first'], started.env)
  }, START_MS)
  afterAll(async () => {
    await browser?.close()
    await started?.stop()
  }, STEP_MS)
  beforeEach(({ task }) => onTestFailed(() => keepPictures(context, task.name)))

  const message = () => page.getByLabel('Message')
  const checkouts = async (): Promise<number> => {
    const response = await fetch(`${started.stripe}/_emulator/state`)
    const state = (await response.json()) as { counts: Record<string, number> }
    return state.counts['checkout.session'] ?? state.counts.checkout_sessions ?? 0
  }
  /** Keeps the page from leaving, as a person who stops the navigation does. */
  const stay = async () => {
    await page.route(`${started.stripe}/**`, (route) => route.abort('aborted'))
    return () => page.unroute(`${started.stripe}/**`)
  }

  it('opens one checkout for a double click on Buy, and can buy again after a navigation that was stopped', async () => {
    await page.goto(`${started.web}/credits`)
    const before = await checkouts()
    const leave = await stay()
    const buy = page.getByRole('button', { name: 'Buy Starter' })
    await buy.dblclick()
    const link = page.getByRole('link', { name: 'Go there now' })
    await link.waitFor()
    const url = await link.getAttribute('href')
    await buy.click()
    await page.waitForResponse((response) => response.url().includes('credits.checkout'))
    await until('the buttons to be alive', () => buy.isEnabled())
    expect(await link.getAttribute('href')).toBe(url)
    expect(await checkouts()).toBe(before + 1)
    await leave()
    await link.click()
    await payWith(page, CARD)
    await page.waitForURL(`${started.web}/credits?checkout=success`)
    await page.getByText('5,000 credits are yours').waitFor()
  })

  it('buys again after coming back from the page cache', async () => {
    await page.goto(`${started.web}/credits`)
    const leave = await stay()
    await page.getByRole('button', { name: 'Buy Plus' }).click()
    const link = page.getByRole('link', { name: 'Go there now' })
    const first = await link.getAttribute('href')
    await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })))
    await link.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Buy Plus' }).click()
    expect(await link.getAttribute('href')).not.toBe(first)
    await leave()
  })

  it('buys anew after the page to pay on was opened in another tab', async () => {
    await page.goto(`${started.web}/credits`)
    const leave = await stay()
    const link = page.getByRole('link', { name: 'Go there now' })
    await page.getByRole('button', { name: 'Buy Plus' }).click()
    const first = await link.getAttribute('href')
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
    await link.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Buy Plus' }).click()
    expect(await link.getAttribute('href')).not.toBe(first)
    await leave()
  })

  it('does not send with the Enter that ends a composition, in Safari too', async () => {
    await page.goto(`${started.web}/chat`)
    await message().fill('にほんご')
    const enter = (field: Locator, isComposing: boolean) =>
      field.evaluate(
        (element, composing) =>
          element.dispatchEvent(
            new KeyboardEvent('keydown', {
              key: 'Enter',
              keyCode: 229,
              isComposing: composing,
              bubbles: true,
              cancelable: true,
            }),
          ),
        isComposing,
      )
    await enter(message(), true)
    await enter(message(), false)
    expect(await message().inputValue()).toBe('にほんご')
    expect(await page.getByRole('article', { name: 'Answer' }).count()).toBe(0)
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Go to' }).fill('Credits')
    await enter(page.getByRole('combobox', { name: 'Go to' }), false)
    expect(await page.getByRole('combobox', { name: 'Go to' }).count()).toBe(1)
    await page.keyboard.press('Escape')
    await message().press('Enter')
    await page.getByRole('article', { name: 'Answer' }).waitFor()
    await page.getByRole('button', { name: 'Stop' }).click()
  })

  it('keeps an answer and every amount right on a page that a translator works on while it streams', async () => {
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(String(error)))
    await page.goto(`${started.web}/chat`)
    await page.getByTitle('Live', { exact: true }).waitFor()
    await translate(page)
    await ask(page, QUESTION)
    await until('the answer to grow', async () => (await page.getByTestId('answer').innerText()).length > 300)
    await page.getByRole('button', { name: /Stop/i }).click()
    await page.getByTestId('receipt').waitFor()
    const id = new URL(page.url()).searchParams.get('answer') ?? ''
    const stored = await query<{ text: string; spent: number }>(context, started.web, 'answers.get', { id })
    const letters = (text: string) => text.toLowerCase().replaceAll(/[^a-z]/g, '')
    await until(
      'all of the text on screen',
      async () => letters(await page.getByTestId('answer').innerText()) === letters(stored.text),
    )
    const { available } = await query<{ available: number }>(context, started.web, 'credits.balance')
    await until('the balance', async () => (await balanceOn(page)) === available)
    const shown = Math.floor(available / (CREDIT / 100)) / 100
    expect(Number((await page.getByTestId('balance').innerText()).replaceAll(/[^\d.]/g, ''))).toBe(shown)
    await page.getByRole('button', { name: /New chat/i }).click()
    for (const name of [/Credits/i, /Dashboard/i, /Account/i]) {
      await page.getByRole('navigation').getByRole('link', { name }).click()
      await page.getByRole('main').waitFor()
      expect(await page.getByText(/could not be shown/i).count()).toBe(0)
    }
    expect(errors).toEqual([])
  })

  it('leaves the whole receipt to be reached on a phone', async () => {
    const { items } = await query<{ items: { id: string }[] }>(context, started.web, 'answers.list')
    await page.setViewportSize({ width: 375, height: 740 })
    await page.goto(`${started.web}/chat?answer=${items[0]?.id}`)
    const summary = page.getByTestId('receipt').locator('summary')
    await summary.waitFor()
    await page.evaluate(() => window.scrollTo({ top: document.documentElement.scrollHeight }))
    const receipt = await summary.boundingBox()
    const composer = await page.locator('form', { has: message() }).boundingBox()
    expect((receipt?.y ?? 0) + (receipt?.height ?? 0)).toBeLessThanOrEqual(composer?.y ?? 0)
    await summary.click()
    await page.setViewportSize({ width: 1280, height: 800 })
  })

  it('stands a text being taken out or put before another that a translator has replaced', async () => {
    await page.goto(`${started.web}/chat`)
    await page.getByTitle('Live', { exact: true }).waitFor()
    const left = await page.evaluate(() => {
      const paragraph = document.createElement('p')
      const [first, second] = [new Text('one '), new Text('two')]
      paragraph.append(first, second)
      for (const text of [first, second]) {
        const font = document.createElement('font')
        paragraph.replaceChild(font, text)
        font.append(text)
      }
      paragraph.removeChild(second)
      paragraph.insertBefore(new Text('three'), first)
      return paragraph.textContent
    })
    expect(left).toBe('one three')
  })

  it('says that a question is too long while it is written, and does not send it', async () => {
    await page.goto(`${started.web}/chat`)
    await message().fill('x'.repeat(100_001))
    await page.getByText('Too long by 1 character.').waitFor()
    await message().fill(`${'a '.repeat(50_000)}a`)
    await page.getByText('Too long by 1 character.').waitFor()
    expect(await page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true)
    await message().press('Enter')
    expect((await message().inputValue()).length).toBe(100_001)
    await message().fill(`${'a '.repeat(49_999)}aa`)
    await page.getByText('Too long').waitFor({ state: 'detached' })
    expect(await page.getByRole('button', { name: 'Send' }).isEnabled()).toBe(true)
    await message().fill('')
  })

  it('keeps what was being written when the session ends elsewhere, for that person alone', async () => {
    await page.goto(`${started.web}/chat`)
    await page.getByTitle('Live', { exact: true }).waitFor()
    await message().fill('A long and careful question')
    await page.goto(`${started.web}/account`)
    await page.getByLabel('Name').fill('Hedy Lamarr')
    await page.getByTitle('Live', { exact: true }).waitFor()
    await tillwireCommand(['sessions', 'revoke', EMAIL], started.env)
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
    await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click()
    await page.getByLabel('Email').fill(EMAIL)
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(`${started.web}/account`)
    await until('the name', async () => (await page.getByLabel('Name').inputValue()) === 'Hedy Lamarr')
    await page.goto(`${started.web}/chat`)
    await until('the question', async () => (await message().inputValue()) === 'A long and careful question')

    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(`${started.web}/`)
    await signUp(page, started.web, 'george@here.com')
    await page.goto(`${started.web}/chat`)
    expect(await message().inputValue()).toBe('')
    expect(await page.evaluate(() => JSON.stringify(window.sessionStorage))).not.toContain('careful')
  })
})

/** What Chrome's translator does: each text becomes an element in its place, now and whenever texts are added. */
async function translate(page: Page): Promise<void> {
  await page.evaluate(() => {
    const isOpen = (node: Node) => !node.parentElement?.closest('[translate="no"], script, style, textarea, font')
    const work = (root: Node) => {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
      const texts: Node[] = []
      while (walker.nextNode()) if (walker.currentNode.nodeValue?.trim()) texts.push(walker.currentNode)
      for (const text of texts.filter(isOpen)) {
        const font = document.createElement('font')
        font.textContent = text.nodeValue?.toUpperCase() ?? ''
        text.parentNode?.replaceChild(font, text)
      }
    }
    work(document.body)
    new MutationObserver((records) => {
      for (const { addedNodes } of records)
        for (const node of addedNodes)
          if (node.isConnected) work(node.nodeType === 3 && node.parentNode ? node.parentNode : node)
    }).observe(document.body, { childList: true, subtree: true })
  })
}
