import type { Entries, Finding, Payment, Quarantined, Story } from '../server/index.js'

// What of a row may be seen. Fields are taken over one by one, never left out one by one: a new column is not shown until somebody
// decides that it may be (T-54). Buyers, addresses of pages, what adapters keep and titles of orders are not among them.

/** One row of a table, in the order of its columns. */
export type Shown = Readonly<Record<string, string | number | boolean>>
type Cells = Readonly<Record<string, string | number | boolean | undefined>>

/** Details are the provider's words; these are codes of theirs, and only what looks like a code is shown. */
const codes = ['type', 'reason', 'transaction-status', 'parameter']
const isCode = /^[\w.-]{1,40}$/

const time = (at: number | undefined): string | undefined => (at === undefined ? undefined : new Date(at).toISOString())
const codesOf = (details: Readonly<Record<string, string>>): string | undefined =>
  codes.flatMap((name) => (isCode.test(details[name] ?? '') ? [`${name}=${details[name]}`] : [])).join(' ') || undefined

/** What moves the cursor, ends a line or turns the direction of writing is printed as its number (T-53); a line break may be wanted. */
export const escaped = (text: string, but = ''): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) =>
    character === but ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )

function cells(given: Cells): Shown {
  const kept = Object.entries(given).filter(([, value]) => value !== undefined && value !== '')
  return Object.fromEntries(kept.map(([name, value]) => [name, typeof value === 'string' ? escaped(value) : value])) as Shown
}

const paymentCells = (payment: Payment & { at?: number }): Cells => ({
  ...{ at: time(payment.at), order: payment.orderId, provider: payment.provider, reference: payment.reference },
  ...{ state: payment.state, role: payment.role, delivery: payment.delivery, attempts: payment.attempts, held: payment.held },
  ...{ due: time(payment.dueAt), fulfilled: time(payment.fulfilledAt), revoked: time(payment.revokedAt) },
  checkout: payment.checkoutId,
})

/** A row of each kind, as it may be shown. */
export const show: { readonly [Kind in keyof Entries]: (row: Entries[Kind]) => Shown } = {
  checkouts: ({ at, orderId, provider, mode, stage, id, reference, order: { price } }: Entries['checkouts']): Shown =>
    cells({
      ...{ at: time(at), order: orderId, provider, mode, stage, checkout: id, reference },
      ...{ amount: price?.amount, currency: price?.currency },
    }),
  payments: (payment) => cells(paymentCells(payment)),
  events: (event: Entries['events']): Shown =>
    cells({
      ...{ at: time(event.at), order: event.orderId, provider: event.provider, key: event.key, verdict: event.verdict },
      ...{ says: event.becomes ?? event.news, reason: event.reason, reference: event.reference, codes: codesOf(event.details) },
      ...{ amount: event.said?.money?.amount, currency: event.said?.money?.currency, checkout: event.checkoutId },
    }),
  notices: (notice: Entries['notices']): Shown =>
    cells({
      ...{ at: time(notice.at), order: notice.orderId, provider: notice.provider, kind: notice.kind, told: notice.isTold },
      ...{ attempts: notice.attempts, reason: notice.reason, reference: notice.reference, checkout: notice.checkoutId },
    }),
  decisions: ({ at, orderId, provider, decision, key, reference, by, reason, checkoutId }: Entries['decisions']): Shown =>
    cells({ at: time(at), order: orderId, provider, decision, key, reference, by, reason, checkout: checkoutId }),
}

export const payment = (row: Payment): Shown => cells(paymentCells(row))

export const quarantined = (event: Quarantined): Shown => ({ age: age(event.age), ...show.events(event) })

/** What reconciling found. */
export const found = ({ kind, age: since, orderId, provider, checkoutId, reference, state, isAnswered }: Finding): Shown =>
  cells({ age: age(since), kind, order: orderId, provider, reference, state, answered: isAnswered, checkout: checkoutId })

/** An order's story, each line with its time; a delivery is a line for each thing that its hook did. */
export function lines({ checkouts, payments, events, notices, decisions }: Story): Shown[] {
  const line = (at: number, what: string, shown: Shown): [number, Shown] => {
    const { at: _, order: __, ...rest } = shown
    return [at, { at: time(at) as string, what, ...rest }]
  }
  const deliveries = payments.flatMap(({ provider, reference, fulfilledAt, revokedAt }) => [
    ...(fulfilledAt === undefined ? [] : [line(fulfilledAt, 'fulfilled', cells({ provider, reference }))]),
    ...(revokedAt === undefined ? [] : [line(revokedAt, 'revoked', cells({ provider, reference }))]),
  ])
  return [
    ...checkouts.map((row) => line(row.at, 'checkout', show.checkouts(row))),
    ...events.map((row) => line(row.at, 'event', show.events(row))),
    ...payments.map((row) => line(row.at, 'payment', show.payments(row))),
    ...deliveries,
    ...notices.map((row) => line(row.at, 'notice', show.notices(row))),
    ...decisions.map((row) => line(row.at, 'decision', show.decisions(row))),
  ]
    .sort(([one], [other]) => one - other)
    .map(([, shown]) => shown)
}

/** In the largest unit that fits: `3 d`, `4 h`, `5 min`, `6 s`. */
function age(milliseconds: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
  ] as const
  const [name, size] = units.find(([, each]) => milliseconds >= each) ?? ['s', 1000]
  return `${Math.floor(milliseconds / size)} ${name}`
}

/** A story is read line by line, and its lines have little in common: time, what happened, then whatever else there is to say of it. */
export const story = (rows: readonly Shown[]): string[] =>
  table(
    rows.map(({ at = '', what = '', ...rest }) => ({
      ...{ at, what },
      details: Object.entries(rest)
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
    })),
  )

const widest = 60

/** A heading and a line for each row; what all rows lack has no column. */
export function table(rows: readonly Shown[]): string[] {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const text = (row: Shown, name: string) => String(row[name] ?? '')
  const width = (name: string) => Math.min(widest, Math.max(name.length, ...rows.map((row) => text(row, name).length)))
  const widths = names.map(width)
  const join = (texts: readonly string[]) =>
    texts
      .map((each, at) => each.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd()
  if (rows.length === 0) return ['nothing']
  return [join(names.map((name) => name.toUpperCase())), ...rows.map((row) => join(names.map((name) => text(row, name))))]
}
