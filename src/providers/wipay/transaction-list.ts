import type { OpenedCheckout, PaymentEvent } from '../adapter.js'
import { type BackOffice, eventsOf, findTransaction, readTransaction, type Transaction } from './back-office.js'
import { environmentOf } from './platform.js'
import { readSold } from './sold.js'

// A request that went through the buyer's browser has a transaction id that we are not told, and WAPI cannot be asked for an order id.
// What it has is the list of the account's transactions, newest first, fifteen questions a minute. So one reading of that list answers
// for every checkout that waits, and what it names is remembered: once the id is known, it is asked for by that.

/** Answers by order id; several where a buyer sent the form twice. */
export interface TransactionList {
  /** Empty where none was seen. Throws CheckoutError `provider_refused` or `provider_unreachable`. */
  find(orderId: string): Promise<readonly Transaction[]>
}

const pagesRead = 3
const pause = 15_000 // milliseconds from one reading to the next: twelve questions a minute
const ordersKept = 10_000
const triesKept = 100 // of one order id, or without any: an account sells elsewhere too
const askedAtOnce = 5 // of one order id; so many transactions only a buyer makes who plays with the form

interface Seen {
  readonly transaction: Transaction
  readonly reading: number
}

export function transactionList(office: BackOffice): TransactionList {
  const seen = new Map<string, Map<string, Seen>>()
  /** The last reading came to its end: behind a page on which nothing is new stands what was seen before. */
  let isWhole = false
  let reading = { number: 0, at: Number.NEGATIVE_INFINITY, end: Promise.resolve() }

  /** Answers whether it was new. */
  function keep(transaction: Transaction, number: number): boolean {
    const { id, orderId = '' } = transaction
    const ofOrder = seen.get(orderId) ?? new Map<string, Seen>()
    const isNew = !ofOrder.has(id)
    ofOrder.set(id, { transaction, reading: number })
    if (ofOrder.size > triesKept) ofOrder.delete(ofOrder.keys().next().value as string)
    seen.delete(orderId) // and set anew: the first of the map is then the oldest
    seen.set(orderId, ofOrder)
    if (seen.size > ordersKept) seen.delete(seen.keys().next().value as string)
    return isNew
  }

  async function read(number: number): Promise<void> {
    const joins = isWhole
    isWhole = false
    for (let page = 1; page <= pagesRead; page++) {
      const rows = await readPage(office, page)
      const isNew = rows.map((transaction) => keep(transaction, number)).includes(true)
      if (rows.length === 0 || (joins && !isNew)) break
    }
    isWhole = true
  }

  return {
    async find(orderId) {
      const now = office.now().getTime()
      if (Math.abs(now - reading.at) >= pause) reading = { number: reading.number + 1, at: now, end: read(reading.number + 1) }
      const { number, end } = reading
      const fault = await end.then(
        () => undefined,
        (error: unknown) => error,
      )
      const found = [...(seen.get(orderId)?.values() ?? [])]
      if (found.length === 0 && fault !== undefined) throw fault
      const latest = found.flatMap((each) => (each.reading === number ? each.transaction : []))
      const older = found.filter((each) => each.reading !== number).slice(-askedAtOnce)
      const asked = await Promise.all(older.map(({ transaction }) => findTransaction(office, transaction.id)))
      return [...latest, ...asked.filter((transaction) => transaction !== undefined)]
    },
  }
}

async function readPage(office: BackOffice, page: number): Promise<readonly Transaction[]> {
  const query = new URLSearchParams({ environment: environmentOf(office.mode), page: String(page), page_size: '100' })
  const { isFine, body } = await office.ask('GET', `/wapi/transactions?${query}`)
  const rows: readonly unknown[] = isFine && Array.isArray(body.data) ? body.data : []
  return rows
    .filter((row): row is Record<string, unknown> => typeof row === 'object' && row !== null)
    .flatMap((row) => readTransaction(row) ?? [])
}

/** As `lookUp`, for a request that went through the buyer's browser, and for others where that found no answer. */
export async function lookUpByOrder(
  list: TransactionList,
  office: BackOffice,
  checkout: OpenedCheckout,
): Promise<readonly PaymentEvent[]> {
  const sold = readSold(checkout)
  if (!sold) return []
  const found = await list.find(sold.orderId)
  const known = found.filter(({ id }) => sold.isForm || id === checkout.reference)
  return known.flatMap((transaction) => eventsOf(transaction, sold, checkout, office.now()))
}
