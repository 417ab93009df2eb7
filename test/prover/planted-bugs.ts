import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

// Bugs as somebody may write them one day, planted into a copy of the product: a checker that does not find them proves nothing.

export interface PlantedBug {
  readonly name: string
  /** Below src/. */
  readonly file: string
  readonly right: string
  readonly wrong: string
}

export const plantedBugs: readonly PlantedBug[] = [
  {
    name: 'the provider is answered before the commit',
    file: 'server/notifications.ts',
    right: 'await record(desk.store, provider.name, events, desk.courier, isOffered)',
    wrong:
      "{ verdict: 'taken', foreign: [], covering: [], leases: (record(desk.store, provider.name, events, desk.courier, isOffered).catch(() => {}), []) }",
  },
  {
    name: 'the role is not asked: each payment of an order is delivered',
    file: 'server/settle.ts',
    right: "return hasFirst || !isSameSale ? 'surplus' : 'first'",
    wrong: "return 'renewal'",
  },
  {
    name: 'a late paid moves what was taken back',
    file: 'server/settle.ts',
    right: 'rank[becomes] <= rank[payment.state]',
    wrong: "(becomes !== 'paid' && rank[becomes] <= rank[payment.state])",
  },
  {
    name: 'a duplicate is settled as if nothing had come of the first',
    file: 'server/ledger.ts',
    right: 'else if (before.content === entry.content) return { verdict: before.verdict }',
    wrong:
      "else if (before.content === entry.content) return { verdict: 'taken', ...(payment && { payment: { ...payment, delivery: 'none' }, order: checkout.order }) }",
  },
  {
    name: 'whoever fulfilled late writes `done` over a refund',
    file: 'server/deliver.ts',
    right: 'return finish(tx, row, task)',
    wrong: 'return finish(tx, { ...row, state: payment.state }, task)',
  },
  {
    name: 'what was perhaps given is not taken back',
    file: 'server/settle.ts',
    right: "rank[state] === rank.refunded && delivery !== 'none'",
    wrong: "rank[state] === rank.refunded && delivery === 'done'",
  },
  {
    name: 'a transaction may serve a second checkout',
    file: 'server/ledger.ts',
    right: 'payment !== undefined && payment.checkoutId !== checkout.id',
    wrong: 'false',
  },
  {
    name: 'amounts are not compared',
    file: 'server/settle.ts',
    right: 'sameMoney(price, event.money as NonNullable<typeof event.money>)',
    wrong: 'true',
  },
  {
    name: 'a held payment moves',
    file: 'server/settle.ts',
    right: 'payment.held && rank[becomes] < rank.refunded',
    wrong: 'false',
  },
  {
    name: 'an outage is answered as if all were well',
    file: 'server/notifications.ts',
    right: "return text(503, 'store_unavailable', { 'retry-after': '30' })",
    wrong: "return text(200, provider.acknowledgement ?? '')",
  },
  {
    name: 'a failed delivery is not tried again',
    file: 'server/deliver.ts',
    right: 'free.dueAt === undefined ? free : { ...free, dueAt: tx.now + delay }',
    wrong: '(({ dueAt: _, ...rest }) => rest)({ ...free, delay })',
  },
  {
    name: 'a lease is not looked at before the hook is called',
    file: 'server/settle.ts',
    right: 'lease && lease.until > now',
    wrong: 'false',
  },
  {
    name: 'what nobody heard is not taken up when it is told again',
    file: 'server/tell.ts',
    right: 'await store.transaction((tx) => tx.noticeTold(notice.id))',
    wrong: 'void 0',
  },
  {
    name: 'the address leaves before the checkout is complete',
    file: 'server/open-checkout.ts',
    right: 'await tx.saveCheckout(open)',
    wrong: 'void open',
  },
  {
    name: 'what a person accepts is delivered, though its order was paid before',
    file: 'server/quarantine.ts',
    right: '{ ...moved, held: payment?.held ?? false }',
    wrong: "{ ...moved, ...(moved.role && { role: 'renewal' }), held: payment?.held ?? false }",
  },
  {
    name: 'two persons decide about the same event',
    file: 'server/quarantine.ts',
    right: '!open[choice].includes(record.verdict)',
    wrong: 'false',
  },
  {
    name: 'what was decided goes on holding its payment',
    file: 'server/quarantine.ts',
    right: 'checkout && payment?.checkoutId === checkout.id && payment.held',
    wrong: 'false',
  },
  {
    name: 'what names an unknown checkout is acknowledged before the shop has taken it',
    file: 'server/notifications.ts',
    right: 'foreign.length === 0 || (await isTakenInTime(desk.courier, foreign))',
    wrong: '(foreign.length > 0 && void isTakenInTime(desk.courier, foreign), true)',
  },
  {
    name: 'what the shop says is not its own is acknowledged',
    file: 'server/foreign.ts',
    right: '(await hooks.foreign?.(event)) === true',
    wrong: '(await hooks.foreign?.(event)) !== undefined',
  },
  {
    name: 'deletion takes away by what a replay is known',
    file: 'server/forget.ts',
    right: 'await tx.saveEvent({ ...row, details: {} })',
    wrong: "await tx.saveEvent({ ...row, content: '', details: {} })",
  },
  {
    name: 'a buyer is forgotten whose goods are owed',
    file: 'server/forget.ts',
    right: 'if (payments.some(isOpen)) return false',
    wrong: 'if (payments.some(({ held }) => held)) return false',
  },
  {
    name: 'what waits for a person is forgotten',
    file: 'server/forget.ts',
    right: "record.verdict === 'quarantined' || record.verdict === 'unknown'",
    wrong: 'false',
  },
  {
    name: 'money that is on its way is forgotten',
    file: 'server/forget.ts',
    right: 'settle.isBeingChecked(payment)',
    wrong: 'false',
  },
  {
    name: 'signatures of WiPay are believed',
    file: 'providers/wipay/verify-webhook.ts',
    right: 'if (secret < 0)',
    wrong: 'if (secret < -1)',
  },
]

/** Wherever the right text stands. Throws where it does not: then the product has changed, and the bug must be written anew. */
export function plant({ name, file, right, wrong }: PlantedBug): Plugin {
  const path = fileURLToPath(new URL(`../../src/${file}`, import.meta.url))
  if (!readFileSync(path, 'utf8').includes(right))
    throw new Error(`planted-bugs.ts: "${right}" is not in src/${file}, so "${name}" cannot be planted`)
  return {
    name: 'planted-bug',
    enforce: 'pre',
    transform: (code, id) => (id === path ? { code: code.replaceAll(right, () => wrong), map: null } : undefined),
  }
}
