import { examples } from './examples.js'
import { startNext } from './next.js'
import { openShop } from './shop.js'
import { buildExamples, type Mode, modes, type Workshop } from './workshop.js'

/** What the tests, which run in processes of their own, are told of the set-up. */
export interface Place {
  readonly url: string
  /** What runs as a server of its own. */
  readonly next: Readonly<Record<string, Partial<Record<Mode, string>>>>
  readonly workshop: Workshop
}

/** Playwright's global set-up: builds every example once, and opens the shop in which they are tried. */
export default async function setUp(): Promise<() => Promise<void>> {
  const { workshop, remove } = await buildExamples()
  const shop = await openShop(workshop)
  const next: Record<string, Partial<Record<Mode, string>>> = {}
  const servers = await Promise.all(
    examples
      .filter(({ builder }) => builder === 'next')
      .flatMap(({ name, bundler }) =>
        modes.map(async (mode) => {
          const built = workshop[name] ?? { home: '', failed: '' }
          try {
            const server = await startNext(built.home, bundler, mode, shop.delivered)
            next[name] = { ...next[name], [mode]: server.url }
            return server
          } catch (error) {
            built.failed ||= (error as Error).message // one row of the table, and no more
          }
        }),
      ),
  )
  process.env.FRAMEWORKS_PLACE = JSON.stringify({ url: shop.url, next, workshop } satisfies Place)
  return async () => {
    await Promise.all([shop.close(), ...servers.map((server) => server?.close())])
    remove()
  }
}
