/** The machine's own Chromium, for tests of the interface and for pictures of it. */
import { accessSync, constants } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

export type TestBrowser = AsyncDisposable & {
  readonly browser: Browser
  /** A page in a session of its own: no cookies from other pages. */
  readonly newPage: (options?: BrowserContextOptions) => Promise<Page>
}

const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]
/** Nothing here leaves the machine, neither for updates nor by QUIC. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const ACTION_TIMEOUT_MS = 10_000
const SCREENSHOTS = fileURLToPath(new URL('../../.data/screenshots', import.meta.url))

export async function launchBrowser(): Promise<TestBrowser> {
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: ARGUMENTS })
  return {
    browser,
    newPage: async (options = {}) => {
      const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', ...options })
      context.setDefaultTimeout(ACTION_TIMEOUT_MS)
      return context.newPage()
    },
    [Symbol.asyncDispose]: () => browser.close(),
  }
}

/** @throws Error that says what to install, when there is none. */
export function chromiumPath(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const path = environment.POSTHASTE_CHROMIUM ?? USUAL_PLACES.find(executable)
  if (path === undefined)
    throw new Error('no Chromium: apt-get install --no-install-recommends chromium, or set POSTHASTE_CHROMIUM to its path')
  return path
}

/** Writes the whole page to `.data/screenshots`, which git ignores. @returns the file's path. */
export async function screenshot(page: Page, name: string): Promise<string> {
  await mkdir(SCREENSHOTS, { recursive: true })
  const path = join(SCREENSHOTS, `${name.replace(/[^\w.-]+/g, '-')}.png`)
  await page.screenshot({ path, fullPage: true, animations: 'disabled' })
  return path
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
