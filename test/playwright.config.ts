import { join } from 'node:path'
import { defineConfig } from '@playwright/test'

const flags = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

// Started by test/run.ts, which says where Chromium is and where the counts go.
export default defineConfig({
  testDir: './journey',
  outputDir: './results',
  workers: 2,
  fullyParallel: true,
  forbidOnly: true,
  retries: 0,
  timeout: 60_000,
  reporter: process.env.RESULTS ? [['dot'], ['json', { outputFile: join(process.env.RESULTS, 'journey.json') }]] : [['list']],
  use: {
    viewport: { width: 1280, height: 900 },
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      chromiumSandbox: process.getuid?.() !== 0,
      args: flags,
    },
  },
})
