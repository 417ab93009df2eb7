import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { CheckoutError, type CheckoutErrorCode } from '../../src/protocol/checkout-error.js'
import type {
  HostedPage,
  Notification,
  OpenContext,
  OpenedCheckout,
  OpenedCheckouts,
  Order,
  PaymentEvent,
  ProviderAdapter,
} from '../../src/providers/adapter.js'

// What is asked of every provider, whatever its documents say: a provider's own tests hold its vectors and some twenty lines.

/** A notification as its sender made it, not by the code under test, and what it must become. */
export interface Recorded {
  readonly name: string
  readonly notification: Notification
  readonly events: readonly PaymentEvent[]
}

type Fields = readonly (readonly [name: string, value: string])[]

export interface ProviderUnderTest {
  readonly name: string
  /** Configured as the merchant of the recorded notifications. */
  readonly adapter: ProviderAdapter
  /** The same, of another merchant: with other keys. */
  readonly stranger: ProviderAdapter
  /** Every secret in both configurations, and the buyer's data: none may appear where strangers or logs see it. */
  readonly secrets: readonly string[]
  readonly personal: readonly string[]
  /** At least one of them is a test. */
  readonly recorded: readonly Recorded[]
  /** What was opened before, where a proof rests on it. */
  readonly opened?: readonly OpenedCheckout[]

  /** A notification taken apart into named texts (query, headers, the body as one), and put together again. */
  readonly fields: { take(from: Notification): Fields; put(fields: Fields, like: Notification): Notification }
  readonly signature: string
  /** Fields without which a notification is refused. */
  readonly needed: readonly string[]
  /** Fields that the signature does not cover. */
  readonly unsigned?: readonly string[]
  /** Whether a field may come twice at all: a body cannot. */
  readonly canRepeat?: (name: string) => boolean
  /** Where the time is signed: the adapter at another time, and how many seconds it may be off. */
  readonly clock?: { at(now: Date): ProviderAdapter; readonly signedAt: Date; readonly tolerance: number }

  readonly order: Order
  readonly context: OpenContext
  /** Orders that this provider cannot sell, by the reason. */
  readonly unsellable: Readonly<Record<string, Order>>
  /** What travels to the provider with a page so that its notification finds the checkout, and what it must be. */
  readonly travels: (page: HostedPage) => { readonly sent: string | null | undefined; readonly expected: string | undefined }
  /** Checkouts whose look-up finds the same fact as a recorded notification. */
  readonly lookUps?: readonly { readonly checkout: OpenedCheckout; readonly recorded: string }[]
}

/** The battery of every provider. */
export function describeProvider(provider: ProviderUnderTest): void {
  const { adapter, stranger, recorded, fields, opened = [] } = provider
  const checkouts: OpenedCheckouts = {
    byId: async (id) => opened.find((checkout) => checkout.id === id),
    byReference: async (reference) => opened.find((checkout) => checkout.reference === reference),
  }
  const verify = (notification: Notification, by = adapter) => by.verify(notification, checkouts)
  const change = (notification: Notification, to: (pairs: Fields) => Fields) =>
    fields.put(to(fields.take(notification)), notification)
  const errors: CheckoutError[] = []
  const refused = async (promise: Promise<unknown>, what: string): Promise<CheckoutErrorCode> => {
    const error = await promise.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(error, what).toBeInstanceOf(CheckoutError)
    errors.push(error as CheckoutError)
    return (error as CheckoutError).code
  }
  const isSigned = (name: string) => !provider.unsigned?.includes(name)
  const genuine = recorded[0] as Recorded

  describe(`${provider.name}, as every provider`, () => {
    test.each(recorded)('says what it was told: $name', async ({ notification, events }) => {
      expect(await verify(notification)).toEqual(events)
    })

    test.each(recorded)('gives a repeat the same key: $name', async ({ notification }) => {
      const keys = async () => (await verify(notification)).map(({ key }) => key)
      expect(await keys()).toEqual(await keys())
    })

    test('marks a test as one', async () => {
      const tests = recorded.filter(({ events }) => events.some((event) => event.test))
      expect(tests.length).toBeGreaterThan(0)
      expect(recorded.length).toBeGreaterThan(tests.length)
    })

    test.each(recorded)('T-08 refuses a changed, added or dropped character anywhere: $name', async ({ notification }) => {
      for (const [name, value] of fields.take(notification)) {
        if (!isSigned(name)) continue
        for (const changed of neighbours(value)) {
          const forged = change(notification, (pairs) => pairs.map((pair) => (pair[0] === name ? [name, changed] : pair)))
          expect(await refused(verify(forged), `${name}=${changed}`), `${name}=${changed}`).toBe('signature_invalid')
        }
      }
    })

    test.each(['', '0', 'cut', 'doubled'])('T-08 refuses a signature that is %j', async (kind) => {
      const bent = (value: string) => ({ cut: value.slice(0, -1), doubled: value + value })[kind] ?? kind
      const forged = change(genuine.notification, (pairs) =>
        pairs.map(([name, value]) => [name, name === provider.signature ? bent(value) : value]),
      )
      expect(await refused(verify(forged), kind)).toMatch(/^signature_(missing|invalid)$/)
    })

    test.each(provider.needed)('refuses a notification without %s', async (needed) => {
      const forged = change(genuine.notification, (pairs) => pairs.filter(([name]) => name !== needed))
      expect(await refused(verify(forged), needed)).toMatch(/^(request_invalid|signature_(missing|invalid))$/)
    })

    test.each(provider.needed.filter(provider.canRepeat ?? (() => true)))(
      'T-06 refuses a notification with two %s',
      async (needed) => {
        for (const second of ['same', 'other']) {
          const forged = change(genuine.notification, (pairs) => [
            ...pairs,
            ...pairs
              .filter(([name]) => name === needed)
              .map(([name, value]) => [name, second === 'same' ? value : `${value}1`] as const),
          ])
          expect(await refused(verify(forged), needed)).toMatch(/^(request_invalid|signature_invalid)$/)
        }
      },
    )

    test('refuses what is rightly signed with another merchant’s key', async () => {
      for (const { notification, name } of recorded)
        expect(await refused(verify(notification, stranger), name)).toBe('signature_invalid')
    })

    for (const { at, signedAt, tolerance } of provider.clock ? [provider.clock] : []) {
      const after = (seconds: number) => at(new Date(signedAt.getTime() + seconds * 1000))
      test.each([tolerance, -tolerance])('T-18 takes what is %d s old', async (seconds) => {
        expect(await verify(genuine.notification, after(seconds))).toEqual(genuine.events)
      })
      test.each([tolerance + 1, -tolerance - 1, 86_400 * 365])('T-18 refuses what is %d s old', async (seconds) => {
        expect(await refused(verify(genuine.notification, after(seconds)), `${seconds} s`)).toBe('notification_expired')
      })
    }

    test('offers methods of its own, and opens each of them', async () => {
      const methods = await adapter.methods(provider.order, { country: provider.context.country ?? 'DE' })
      expect(methods.length).toBeGreaterThan(0)
      for (const { id } of methods) {
        expect(id.startsWith(`${adapter.name}:`)).toBe(true)
        const page = await adapter.open(provider.order, { ...provider.context, method: id })
        expect(page.url.protocol).toMatch(/^https?:$/)
      }
    })

    test('sends what finds the checkout again', async () => {
      const { sent, expected } = provider.travels(await adapter.open(provider.order, provider.context))
      expect(expected).toBeTruthy()
      expect(sent).toBe(expected)
    })

    test.each(Object.entries(provider.unsellable))('offers nothing for %s, and opens nothing', async (what, order) => {
      expect(await adapter.methods(order, { country: 'DE' })).toEqual([])
      expect(await refused(adapter.open(order, provider.context), what)).toBe('order_invalid')
    })

    for (const { checkout, recorded: name } of provider.lookUps ?? []) {
      test(`looks up what it was told: ${name}`, async () => {
        const told = recorded.find((each) => each.name === name)?.events.map(({ becomes }) => becomes)
        expect((await adapter.lookUp?.(checkout))?.map(({ becomes }) => becomes)).toEqual(told)
      })
    }

    test('T-54 shows no secret in an error, an address or itself, and no personal data in an error', async () => {
      const { url, fields: sent } = await adapter.open(provider.order, provider.context)
      const shown = [url.href, ...Object.values(sent ?? {}), ...printed(adapter), ...printed(stranger)]
      expect(errors.length).toBeGreaterThan(0)
      const logged = errors.flatMap(printed)
      for (const secret of provider.secrets)
        expect(
          [...shown, ...logged].filter((text) => text.includes(secret) || text.includes(encodeURIComponent(secret))),
        ).toEqual([])
      for (const personal of provider.personal) expect(logged.filter((text) => text.includes(personal))).toEqual([])
    })
  })
}

/** A text with one character changed (each in turn), one more, and one less. */
function* neighbours(text: string): Iterable<string> {
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string
    const other = /\d/.test(char) ? String((Number(char) + 1) % 10) : char === 'a' ? 'b' : 'a'
    yield text.slice(0, at) + other + text.slice(at + 1)
  }
  yield `${text}0`
  if (text.length > 1) yield text.slice(0, -1)
}

const printed = (thing: object): string[] => [
  inspect(thing, { depth: 20, showHidden: true, getters: true }),
  JSON.stringify(thing) ?? '',
  String(thing),
]
