import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const PLACES = [
  process.env.CHROMIUM_PATH ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]
const QUIET = ['--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update']

/** The browser that this machine has; undefined when it has none. */
export const chromiumPath = PLACES.find((place) => place !== '' && existsSync(place))

/** Whether a missing browser is a failure rather than a reason to skip. */
export const chromiumRequired = (process.env.REQUIRE_SERVICES ?? '').split(',').includes('chromium')

export async function launchChromium(): Promise<Browser> {
  if (!chromiumPath) throw new Error('There is no Chromium: install it, or set CHROMIUM_PATH.')
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({ executablePath: chromiumPath, args: [...QUIET, '--disable-sync', ...sandbox] })
}
