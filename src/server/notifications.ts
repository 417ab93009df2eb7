import { CheckoutError } from '../protocol/checkout-error.js'
import { refusals } from '../protocol/refusals.js'
import type { Notification, OpenedCheckouts, PaymentEvent, ProviderAdapter } from '../providers/adapter.js'
import { requireMethod, text } from './answers.js'
import type { Courier } from './courier.js'
import { offersOf } from './foreign.js'
import { type Recorded, record, recordUnreadable } from './ledger.js'
import type { Log, MerchantHooks } from './merchant.js'
import type { Metrics } from './metrics.js'
import { readBody } from './read-request.js'
import type { Inquirer } from './reconcile.js'
import type { createSampledLog } from './sampled-log.js'
import type { EventRecord, Store } from './store.js'

// verify (no write) → one transaction → durable commit → answer → delivery in the background. In doubt the provider is not answered
// `OK`: it repeats itself, and a repeat is harmless, while a payment acknowledged and not stored is lost for good (I-4).

const foreignTime = 3_000 // milliseconds that a notification may wait for the `foreign` hook

export interface NotificationDesk {
  readonly store: Store
  readonly hooks: MerchantHooks
  readonly metrics: Metrics
  readonly courier: Courier
  readonly inquirer: Inquirer
  readonly log?: Log | undefined
  readonly refused: ReturnType<typeof createSampledLog>
}

/** `GET|POST notify/:provider`. Never throws. */
export async function takeNotification(
  desk: NotificationDesk,
  provider: ProviderAdapter,
  request: Request,
  address?: string,
): Promise<Response> {
  const refused = requireMethod(request, provider.notifiesBy ?? ['POST'])
  if (refused) return refused
  let events: readonly PaymentEvent[]
  try {
    events = await provider.verify(await readNotification(request, address), openedBy(desk.store, provider))
  } catch (error) {
    return refuseNotification(desk, provider, error)
  }
  try {
    const isOffered = offersOf(desk.hooks.foreign, provider)
    const recorded = await record(desk.store, provider.name, events, desk.courier, isOffered)
    const { verdict, foreign } = recorded
    desk.metrics.count('notifications', { provider: provider.name, became: verdict })
    for (const { warning } of events)
      if (warning)
        desk.refused(`warned ${provider.name}`, { provider: provider.name }, `a notification was taken: ${warning}`, 'warn')
    void actOn(desk, recorded)
    const isTaken = foreign.length === 0 || (await isTakenInTime(desk.courier, foreign))
    return verdict === 'unknown' || !isTaken ? text(404, 'checkout_unknown') : acknowledge(provider)
  } catch (error) {
    return refuseNotification(desk, provider, error)
  }
}

/** What follows from what was recorded. Resolves when its deliveries have ended; that other pages of the order end is not waited for. */
export async function actOn(
  { courier, inquirer }: Pick<NotificationDesk, 'courier' | 'inquirer'>,
  { leases, covering }: Pick<Recorded, 'leases' | 'covering'>,
): Promise<void> {
  for (const { orderId, checkoutId } of covering) void inquirer.withdrawOthers(orderId, checkoutId)
  await Promise.all(leases.map(courier.deliver))
}

const acknowledge = ({ acknowledgement = '' }: ProviderAdapter): Response => text(200, acknowledgement)

/** A hook that takes longer is not waited for (T-35): it goes on, and the provider's repeat finds what it has taken. */
function isTakenInTime(courier: Courier, foreign: readonly EventRecord[]): Promise<boolean> {
  const taken = Promise.all(foreign.map(courier.offer)).then((each) => each.every(Boolean))
  return Promise.race([taken, new Promise<false>((resolve) => setTimeout(resolve, foreignTime, false).unref())])
}

export async function readNotification(request: Request, address?: string): Promise<Notification> {
  const body = request.method === 'GET' ? new Uint8Array() : await readBody(request)
  const { method, url, headers } = request
  return { method, url: new URL(url), headers, body, ...(address !== undefined && { address }) }
}

/** What a proof may rest on: the checkouts of this provider alone. */
export function openedBy(store: Store, { name }: ProviderAdapter): OpenedCheckouts {
  return {
    byReference: (reference) => store.checkoutByReference(name, reference),
    async byId(id) {
      const checkout = await store.checkout(id)
      return checkout?.provider === name ? checkout : undefined
    },
  }
}

async function refuseNotification(desk: NotificationDesk, provider: ProviderAdapter, error: unknown): Promise<Response> {
  if (!(error instanceof CheckoutError) || refusals[error.code][0] >= 500) return unavailable(desk, provider, error)
  if (error.code === 'parameter_unknown') {
    try {
      const verdict = await recordUnreadable(desk.store, provider.name, error)
      if (verdict === 'dropped') return acknowledge(provider)
    } catch (failure) {
      return unavailable(desk, provider, failure)
    }
  }
  desk.metrics.count('notifications', { provider: provider.name, became: error.code })
  const fields = { provider: provider.name, code: error.code }
  desk.refused(`${provider.name} ${error.code}`, fields, `a notification was refused: ${error.message}`)
  return text(refusals[error.code][0], error.code)
}

function unavailable(desk: NotificationDesk, provider: ProviderAdapter, error: unknown): Response {
  const code = error instanceof CheckoutError ? error.code : 'unexpected'
  desk.metrics.count('notifications', { provider: provider.name, became: code })
  const fields = { provider: provider.name, code, error: error instanceof Error ? error.name : typeof error }
  const why = error instanceof CheckoutError ? `: ${error.message}` : ''
  const message = `a notification could not be recorded; the provider will repeat it${why}`
  desk.refused(`${provider.name} ${code}`, fields, message, 'error')
  return text(503, 'store_unavailable', { 'retry-after': '30' })
}
