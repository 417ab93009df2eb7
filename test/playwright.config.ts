import { join } from 'node:path'
import { defineConfig } from '@playwright/test'
import { disabledFeatures, flags } from './browsers.js'
import { engineLabels, findEngine, isAskedFor } from './engines.js'

const further = (['firefox', 'webkit'] as const).filter((name) => findEngine(name))

// Started by test/run.ts, which says where Chromium is and where the counts go. All journeys are walked in Chromium, the core of them in
// every other engine of the machine.
export default defineConfig<object, { engine: (typeof further)[number] }>({
  projects: [
    ...(isAskedFor('chromium') ? [{ name: engineLabels.chromium, testDir: './journey' }] : []),
    ...further.map((engine) => ({ name: engineLabels[engine], testDir: './engines', use: { engine } })),
  ],
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
      args: [...flags, disabledFeatures],
    },
  },
})
