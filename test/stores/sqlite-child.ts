import { writeSync } from 'node:fs'
import Database from 'libsql'
import { sqlite } from '../../src/stores/sqlite.js'
import { checkoutRow, eventRow } from './rows.js'

// What test/stores/sqlite.test.ts has another process do to a file. It says a line on its standard output for each thing done.

const [task, path = '', at = ''] = process.argv.slice(2)
const say = (line: string) => void writeSync(1, `${line}\n`)
const store = sqlite(path)

if (task === 'open') {
  store.ready().then(
    () => {
      say('open')
      return store.close()
    },
    (error) => say(`refused: ${error.message}`),
  )
}

if (task === 'die') {
  // kill -9 before the first statement that begins like this.
  const { prepare } = Database.prototype
  const dying = function (this: Database.Database, text: string) {
    if (text.startsWith(at)) process.kill(process.pid, 'SIGKILL')
    return prepare.call(this, text)
  }
  Object.assign(Database.prototype, { prepare: dying })
  store.ready().then(() => say('open'))
}

if (task === 'flood') {
  // Says the key of each event that was durable, until it is killed.
  store
    .transaction((tx) => tx.saveCheckout(checkoutRow()))
    .then(() => {
      for (let lane = 0; lane < 50; lane++) write(lane, 0)
    })
  async function write(lane: number, count: number): Promise<void> {
    const key = `${lane}-${count}`
    await store.transaction((tx) => tx.seen(eventRow({ key })))
    say(key)
    return write(lane, count + 1)
  }
}

if (task === 'write') {
  // One attempt for each line that it is sent: says whether the file could be written, and whether it could be read.
  process.stdin.on('data', async () => {
    const answers = await Promise.allSettled([
      store.transaction((tx) => tx.saveCheckout(checkoutRow({ id: 'by the child' }))),
      store.checkout('checkout-1'),
    ])
    const of = (answer: PromiseSettledResult<unknown>) => (answer.status === 'fulfilled' ? 'ok' : answer.reason.code)
    say(answers.map(of).join(' '))
  })
  say('ready')
}
