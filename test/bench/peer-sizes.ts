import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build } from 'vite'

// What a page must load before it can take a payment with each, bundled and minified alike. What a package fetches from its vendor later
// is not in it: those files are on no disk of ours, and change without a version.

interface Peer {
  readonly name: string
  /** As its documents say it is used, with as little as it takes. */
  readonly usage: string
  /** What is loaded besides, at work. */
  readonly later: string
}

const peers: readonly Peer[] = [
  {
    ...{ name: '@google-pay/button-element', later: 'pay.js of Google, which holds the button' },
    usage: "import '@google-pay/button-element'",
  },
  {
    ...{ name: '@polar-sh/checkout', later: 'the hosted page' },
    usage: "import { PolarEmbedCheckout } from '@polar-sh/checkout/embed'; PolarEmbedCheckout.init()",
  },
  {
    ...{ name: 'penpal', later: 'nothing; messages alone, without a button' },
    usage: "import { connect, WindowMessenger } from 'penpal'; globalThis.keep = [connect, WindowMessenger]",
  },
  {
    ...{ name: '@krakenjs/zoid', later: 'nothing; frames and messages, without a button' },
    usage: "import zoid from '@krakenjs/zoid/dist/zoid.frame.min.js'; globalThis.keep = zoid",
  },
  {
    ...{ name: '@adyen/adyen-web', later: 'translations, logos, frames of its fields' },
    usage:
      "import { AdyenCheckout, Card, Dropin } from '@adyen/adyen-web'; import '@adyen/adyen-web/styles/adyen.css'; globalThis.keep = [AdyenCheckout, Card, Dropin]",
  },
  {
    ...{ name: 'braintree-web-drop-in', later: 'its style sheet, logos, frames of its fields' },
    usage: "import dropin from 'braintree-web-drop-in'; globalThis.keep = dropin",
  },
]

/** Bytes of all files together, each compressed for itself as a server would. */
export interface Weight {
  readonly raw: number
  readonly gzip: number
  readonly brotli: number
}

export function weigh(files: readonly (string | Uint8Array)[]): Weight {
  const sum = (measure: (file: Buffer) => number) =>
    files.reduce((total, file) => total + measure(Buffer.from(file as Uint8Array)), 0)
  return {
    raw: sum((file) => file.length),
    gzip: sum((file) => gzipSync(file, { level: 9 }).length),
    brotli: sum((file) => brotliCompressSync(file, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length),
  }
}

/** `modules`: where the peers are installed. */
export async function weighPeers(modules: string): Promise<readonly (Peer & Weight)[]> {
  const weighed: (Peer & Weight)[] = []
  for (const peer of peers) weighed.push({ ...peer, ...weigh(Object.values(await bundle(modules, peer.usage))) })
  return weighed
}

/** The files of a page that runs `usage`, minified, by name. */
export async function bundle(modules: string, usage: string): Promise<Readonly<Record<string, string | Uint8Array>>> {
  const entry = join(modules, '..', 'page.js') // only by name: its packages are looked for from here
  const built = await build({
    ...{ configFile: false, logLevel: 'error', root: join(modules, '..') },
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [
      {
        name: 'usage',
        resolveId: (id) => (id === entry ? id : undefined),
        load: (id) => (id === entry ? usage : undefined),
      },
    ],
    build: {
      ...{ write: false, target: 'es2022', reportCompressedSize: false, modulePreload: false, chunkSizeWarningLimit: 10_000 },
      rolldownOptions: { input: entry, output: { entryFileNames: 'page.js', codeSplitting: false } },
    },
  })
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((each) => ('output' in each ? each.output : []))
  return Object.fromEntries(outputs.map((each) => [each.fileName, each.type === 'chunk' ? each.code : each.source]))
}
