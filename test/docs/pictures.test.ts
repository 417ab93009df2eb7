import { existsSync, readFileSync, statSync } from 'node:fs'
import { expect, test } from 'vitest'

// `npm run screenshots` makes the pictures of the README; a clone should not be heavy for them.

test('every picture of the README is there, in light and dark, and all of them weigh less than 300 kB', () => {
  const named = new Set(readFileSync('README.md', 'utf8').match(/demo\/pictures\/[\w-]+\.webp/g))
  expect([...named].filter((path) => !existsSync(path))).toEqual([])
  const light = [...named].filter((path) => path.endsWith('-light.webp'))
  expect(light).not.toEqual([])
  expect([...named].sort()).toEqual(light.flatMap((path) => [path.replace('-light', '-dark'), path]).sort())
  expect([...named].reduce((sum, path) => sum + statSync(path).size, 0)).toBeLessThan(300_000)
})
