import { fileURLToPath } from 'node:url'
import { startDemo } from './server.js'

// `npm start`. PORT names another port; the pretend providers take the next three. Orders and ledger stay in demo/*.db, to be
// looked at after a restart; "Start over" in the page, or deleting the files, forgets them.
// WATCH=1 has the pages load themselves again when their source changes, and when the server comes back: also in the middle of a payment.

const port = Number(process.env.PORT ?? 3000)
try {
  const demo = await startDemo({
    port,
    sandboxPort: port === 0 ? 0 : port + 1, // the same every time: payment pages that stand open survive a restart
    folder: fileURLToPath(new URL('.', import.meta.url)),
    currency: 'USD', // which all three providers sell in; Paymentwall alone would take euros
    watch: process.env.WATCH === '1',
  })
  console.log(`\n  The demo shop is open:  ${demo.url}\n\n  Ctrl-C closes it.\n`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () =>
      demo.close().then(
        () => process.exit(0),
        () => process.exit(1),
      ),
    )
} catch (error) {
  const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
  console.error(isTaken ? `One of the ports ${port} to ${port + 3} is taken. Another: PORT=4000 npm start` : error)
  process.exitCode = 1
}
