import type { FullResult, Reporter, TestCase, TestResult } from '@playwright/test/reporter'
import { columns, examples } from './examples.js'

/** Prints the table of the README as it was found: framework × what was tried in it. In a whole run every cell has passed, or it fails. */
export default class Table implements Reporter {
  readonly #cells = new Map<string, string>()

  onTestEnd({ title }: TestCase, { status }: TestResult): void {
    this.#cells.set(title, status)
  }

  async onEnd({ status }: FullResult): Promise<Pick<FullResult, 'status'>> {
    const width = Math.max(...examples.map(({ name }) => name.length)) + 2
    const line = (cells: readonly string[]) => cells.map((cell, at) => cell.padEnd(at === 0 ? width : 10)).join('')
    const table = examples.map(({ name }) => columns.map((column) => this.#cells.get(`${name} · ${column}`) ?? 'MISSING'))
    console.log(`\n${line(['', ...columns])}`)
    for (const [at, { name }] of examples.entries()) console.log(line([name, ...(table[at] ?? [])]))
    const cells = table.flat()
    const passed = cells.filter((cell) => cell === 'passed').length
    console.log(`${passed} of ${cells.length} cells passed`)
    const isWhole = !!process.env.RESULTS // test/run.ts leaves nothing out; somebody who looks for one test may
    return { status: isWhole && passed < cells.length && status === 'passed' ? 'failed' : status }
  }
}
