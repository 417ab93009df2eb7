import { startNext } from './next.js'
import { openShop } from './shop.js'
import { buildExamples, type Mode, type Workshop } from './workshop.js'

/** What the tests, which run in processes of their own, are told of the set-up. */
export interface Place {
  readonly url: string
  /** What runs as a server of its own. */
  readonly next: Readonly<Record<Mode, string>>
  readonly workshop: Workshop
}

/** Playwright's global set-up: builds every example once, and opens the shop in which they are tried. */
export default async function setUp(): Promise<() => Promise<void>> {
  const { workshop, remove } = await buildExamples()
  const shop = await openShop(workshop)
  const built = workshop['Next.js 16'] ?? { home: '', failed: '' }
  const servers = await Promise.all(
    (['production', 'development'] as const).map((mode) =>
      startNext(built.home, mode, shop.delivered).catch((error: Error) => {
        built.failed ||= error.message // one row of the table, and no more
      }),
    ),
  )
  const [production = '', development = ''] = servers.map((server) => server?.url)
  const next = { production, development }
  process.env.FRAMEWORKS_PLACE = JSON.stringify({ url: shop.url, next, workshop } satisfies Place)
  return async () => {
    await Promise.all([shop.close(), ...servers.map((server) => server?.close())])
    remove()
  }
}
