import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest'
import { chromiumPath, chromiumRequired, launchChromium } from '../support/chromium.ts'
import { npmStart, type Started } from '../support/npm-start.ts'
import { PASSWORD } from '../support/planted.ts'
import { tillwireCommand } from '../support/tillwire-command.ts'
import { until } from '../support/until.ts'
import { balanceOn, keepPictures, plantSessionsOf, query, requestsOf, signUp } from '../support/web-user.ts'

const START_MS = 300_000
const STEP_MS = 60_000
const WAIT_MS = 15_000
const CREDIT = 1_000_000

describe.skipIf(!chromiumPath && !chromiumRequired)('two users in one browser', { timeout: STEP_MS }, () => {
  let started: Started
  let browser: Browser
  let context: BrowserContext
  let page: Page
  beforeAll(async () => {
    started = await npmStart()
    browser = await launchChromium()
    context = await browser.newContext()
    plantSessionsOf(context)
    context.setDefaultTimeout(WAIT_MS)
    page = await context.newPage()
  }, START_MS)
  afterAll(async () => {
    await browser?.close()
    await started?.stop()
  }, STEP_MS)

  it('tells the first page who is signed in now, and neither asks nor spends as them', async () => {
    onTestFailed(() => keepPictures(context, 'two-users'))
    // The page's sockets, which are cut as a lost connection is.
    const sockets = new Set<{ close(): Promise<void> }>()
    await page.routeWebSocket(/socket\.io/, (socket) => {
      socket.connectToServer()
      sockets.add(socket)
    })
    await signUp(page, started.web, 'ada@two.example')
    await page.goto(`${started.web}/account`)
    await page.getByTitle('Live', { exact: true }).waitFor()
    await page.getByLabel('Name').fill('Renamed by the wrong page')

    const other = await context.newPage()
    // A second tab's sign-in, as another user and without signing out first.
    const signedUp = await context.request.post(`${started.web}/api/auth/sign-up/email`, {
      headers: { origin: started.web },
      data: { name: 'Grace Hopper', email: 'grace@two.example', password: PASSWORD },
    })
    expect(signedUp.status()).toBe(200)
    await other.goto(`${started.web}/dashboard`)
    const { status } = await tillwireCommand(['grant', 'grace@two.example', '50', '--key', 'graces'], started.env)
    expect(status).toBe(0)
    await until('the balance of the other', async () => (await balanceOn(other)) === 50 * CREDIT)

    // What the first page asks by HTTP is refused while its socket still is Ada's.
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Somebody else is signed in here now').waitFor()

    const requests = requestsOf(page)
    for (const socket of sockets) await socket.close()
    await page.getByRole('heading', { name: 'Grace Hopper is signed in now' }).waitFor()
    expect(await page.getByTestId('balance').count()).toBe(0)
    expect(await page.getByText('Ada Lovelace').count()).toBe(0)
    expect(requests.filter((request) => request.includes('/api/'))).toEqual([])

    await page.getByRole('button', { name: 'Reload' }).click()
    await until("the other's balance", async () => (await balanceOn(page)) === 50 * CREDIT)
    expect(await page.getByLabel('Name').inputValue()).toBe('Grace Hopper')
    const { items } = await query<{ items: { kind: string }[] }>(context, started.web, 'credits.history')
    expect(items.map(({ kind }) => kind)).toEqual(['grant'])
  })

  describe('whose connection stays', () => {
    const signedUp = async (name: string, email: string) => {
      const headers = { origin: started.web }
      const data = { name, email, password: PASSWORD }
      expect((await context.request.post(`${started.web}/api/auth/sign-up/email`, { headers, data })).status()).toBe(
        200,
      )
    }
    const userNow = async () => (await (await context.request.get(`${started.web}/api/auth/get-session`)).json())?.user

    it('says who is signed in when a part comes for them, on each page, and shows nothing of either', async () => {
      onTestFailed(() => keepPictures(context, 'two-users-parts'))
      for (const [at, title] of ['Account', 'Credits', 'Chat', 'Dashboard'].entries()) {
        await signedUp('Ada Lovelace', `ada-${at}@parts.example`)
        const old = await context.newPage()
        await old.goto(`${started.web}/${title === 'Account' ? 'dashboard' : 'account'}`)
        await old.getByTitle('Live', { exact: true }).waitFor()
        await signedUp('Grace Hopper', `grace-${at}@parts.example`)
        await old.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: title }).click()
        await old.getByRole('heading', { name: 'Grace Hopper is signed in now' }).waitFor()
        expect(await old.getByTestId('balance').count(), title).toBe(0)
        expect(await old.getByRole('textbox').count(), title).toBe(0)
        expect(await old.getByRole('button').allTextContents(), title).toEqual(['Reload'])
        await old.getByRole('button', { name: 'Reload' }).click()
        await old.getByTitle('Live', { exact: true }).waitFor()
        await old.close()
      }
      expect((await userNow()).name).toBe('Grace Hopper')
    })

    it('ends the session of nobody else, and says who is signed in', async () => {
      onTestFailed(() => keepPictures(context, 'two-users-sign-out'))
      await signedUp('Ada Lovelace', 'ada@out.example')
      const old = await context.newPage()
      await old.goto(`${started.web}/dashboard`)
      await old.getByTitle('Live', { exact: true }).waitFor()
      await signedUp('Grace Hopper', 'grace@out.example')
      await old.getByRole('button', { name: 'Sign out' }).click()
      await old.getByRole('heading', { name: 'Grace Hopper is signed in now' }).waitFor()
      expect((await userNow()).email).toBe('grace@out.example')
      await old.getByRole('button', { name: 'Reload' }).click()
      await old.getByRole('button', { name: 'Sign out' }).click()
      await old.getByRole('link', { name: 'Sign in' }).waitFor()
      expect(await userNow()).toBeUndefined()
    })

    it('is offered the page again where it was refused, not another try', async () => {
      onTestFailed(() => keepPictures(context, 'two-users-panels'))
      await signedUp('Ada Lovelace', 'ada@panels.example')
      const again = { email: 'ada@panels.example', password: PASSWORD }
      const headers = { origin: started.web }
      await context.request.post(`${started.web}/api/auth/sign-in/email`, { headers, data: again })
      const old = await context.newPage()
      await old.goto(`${started.web}/account`)
      await old.getByTitle('Live', { exact: true }).waitFor()
      await old.getByText('this one').waitFor()
      await old.getByLabel('Name').fill('Renamed')
      await signedUp('Grace Hopper', 'grace@panels.example')
      for (const [at, button] of ['Revoke', 'Save'].entries()) {
        await old.getByRole('button', { name: button }).click()
        await old.getByText('Somebody else is signed in here now').nth(at).waitFor()
        expect(await old.getByRole('button', { name: 'Reload' }).count(), button).toBe(at + 1)
        expect(await old.getByRole('button', { name: 'Try again' }).count(), button).toBe(0)
      }
      expect((await userNow()).name).toBe('Grace Hopper')
      await old.getByRole('button', { name: 'Reload' }).first().click()
      await until('the page of the other', async () => (await old.getByLabel('Name').inputValue()) === 'Grace Hopper')
    })

    it('makes a page again that was made for nobody', async () => {
      onTestFailed(() => keepPictures(context, 'two-users-stranger'))
      await context.clearCookies()
      const old = await context.newPage()
      await old.goto(started.web)
      await signedUp('Grace Hopper', 'grace@stranger.example')
      await old.getByRole('banner').getByRole('link', { name: 'Sign in' }).click()
      await old.getByRole('heading', { name: 'Hello, Grace Hopper' }).waitFor()
      await old.getByTitle('Live', { exact: true }).waitFor()
    })
  })
})
