import { answer } from './answers.js'
import type { ForeignEvent } from './foreign.js'
import type { Delivery, MerchantHooks } from './merchant.js'
import type { Notice } from './store.js'

// Counters as text of OpenMetrics 1.0. Written here and not by a library: the known one brings a registry, histograms and a tracing
// interface for what is a map and a join, and the server's core has one dependency. Labels come from lists of ours alone (names of
// configured providers, codes, kinds), never from a request, so nothing personal can be in them and their number is bounded.

const counters = {
  requests: 'Requests, by the part of the server that they were for and the status they were answered with.',
  notifications: 'Notifications of providers, by what became of them: a verdict, or the code of its refusal.',
  hooks: 'Calls of the hooks of the shop that came to an end, by outcome.',
  questions: 'Times that a provider was asked how a checkout stands, by outcome.',
} as const

export type Counter = keyof typeof counters

export interface Metrics {
  count(counter: Counter, labels: Readonly<Record<string, string>>): void
  /** `GET` of a scraper. */
  answer(gauges: Readonly<Record<string, number>>): Response
}

const type = 'application/openmetrics-text; version=1.0.0; charset=utf-8'
const prefix = 'checkout_button'

export function createMetrics(): Metrics {
  const counts = new Map<Counter, Map<string, number>>()
  const since = Date.now() / 1000
  return {
    count(counter, labels) {
      const series = counts.get(counter) ?? new Map<string, number>()
      const name = Object.entries(labels)
        .map(([label, value]) => `${label}="${value.replace(/[\\"\n]/g, (each) => (each === '\n' ? '\\n' : `\\${each}`))}"`)
        .join(',')
      series.set(name, (series.get(name) ?? 0) + 1)
      counts.set(counter, series)
    },
    answer(gauges) {
      const lines = Object.entries(counters).flatMap(([counter, help]) => [
        ...[`# TYPE ${prefix}_${counter} counter`, `# HELP ${prefix}_${counter} ${help}`],
        ...[...(counts.get(counter as Counter) ?? [])].flatMap(([labels, count]) => [
          `${prefix}_${counter}_total{${labels}} ${count}`,
          `${prefix}_${counter}_created{${labels}} ${since}`,
        ]),
      ])
      const now = Object.entries(gauges).flatMap(([name, value]) => [
        `# TYPE ${prefix}_${name} gauge`,
        `${prefix}_${name} ${value}`,
      ])
      return answer(200, `${[...lines, ...now, '# EOF'].join('\n')}\n`, { 'content-type': type })
    },
  }
}

type Hook = 'fulfil' | 'revoke' | 'alert' | 'news' | 'foreign'

/** The same hooks, counted. One that never ends is not; the log tells of it. */
export function countHooks(given: MerchantHooks, { count }: Metrics): MerchantHooks {
  const counted = <Given, Answer>(hook: Hook, call: (given: Given) => Answer | Promise<Answer>) => ({
    async [hook](given: Given): Promise<Answer> {
      try {
        const answer = await call(given)
        count('hooks', { hook, outcome: 'done' })
        return answer
      } catch (error) {
        count('hooks', { hook, outcome: 'failed' })
        throw error
      }
    },
  })
  return {
    price: (order, http) => given.price(order, http),
    ...(counted('fulfil', (delivery: Delivery) => given.fulfil(delivery)) as Pick<MerchantHooks, 'fulfil'>),
    ...(counted('revoke', (delivery: Delivery) => given.revoke(delivery)) as Pick<MerchantHooks, 'revoke'>),
    ...(given.alert && counted('alert', (notice: Notice) => given.alert?.(notice))),
    ...(given.news && counted('news', (notice: Notice) => given.news?.(notice))),
    ...(given.foreign && counted('foreign', (event: ForeignEvent) => given.foreign?.(event))),
  }
}
