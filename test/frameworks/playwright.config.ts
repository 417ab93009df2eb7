import { join } from 'node:path'
import { defineConfig, type ReporterDescription } from '@playwright/test'
import { engineLabels } from '../engines.js'
import base from '../playwright.config.js'

const { RESULTS } = process.env
const counts: ReporterDescription[] = RESULTS
  ? [['dot'], ['json', { outputFile: join(RESULTS, 'frameworks.json') }]]
  : [['list']]

// Apart from the journeys: it needs other people's packages, which test/run.ts has installed.
export default defineConfig({
  ...base,
  projects: [{ name: engineLabels.chromium, testDir: '.', testMatch: 'frameworks.spec.ts' }],
  outputDir: '../results',
  globalSetup: './set-up.ts',
  reporter: [...counts, ['./table.ts']],
})
