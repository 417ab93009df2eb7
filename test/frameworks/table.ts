import type { Reporter, TestCase, TestResult } from '@playwright/test/reporter'
import { columns, examples } from './examples.js'

/** Prints the table of the README as it was found: framework × what was tried in it. */
export default class Table implements Reporter {
  readonly #cells = new Map<string, string>()

  onTestEnd({ title }: TestCase, { status }: TestResult): void {
    this.#cells.set(title, status)
  }

  onEnd(): void {
    const line = (cells: readonly string[]) => cells.map((cell, at) => cell.padEnd(at === 0 ? 20 : 10)).join('')
    console.log(`\n${line(['', ...columns])}`)
    for (const { name } of examples)
      console.log(line([name, ...columns.map((column) => this.#cells.get(`${name} · ${column}`) ?? '–')]))
  }
}
