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
})
