import type { PaymentEvent, ProviderAdapter } from '../providers/adapter.js'
import { noticeOf } from './event-record.js'
import type { IsOffered } from './ledger.js'
import type { MerchantHooks } from './merchant.js'
import type { EventRecord, Notice, Store } from './store.js'

// A shop that moves here brings running subscriptions: their renewals and refunds are proven, but name checkouts that were never opened
// here. So does what comes after a wrong or a restored database, and of that only the provider's repeats bring the payment back. The
// ledger cannot tell the two apart, the shop can. Hence nothing foreign is acknowledged because it was stored: the row stands first (a
// crash loses nothing), the hook is called with what it holds, and only its word that it took the event lets the provider stop.

/** A verified event of a checkout that was never opened here. */
export interface ForeignEvent {
  /** The same at every repeat: use it as the key of your write. */
  readonly id: string
  readonly provider: string
  /** The provider's name of the transaction. */
  readonly reference: string
  /** What the provider calls the checkout: in an order of your former integration, its number. */
  readonly checkout: PaymentEvent['checkout']
  readonly becomes?: PaymentEvent['becomes']
  readonly news?: PaymentEvent['news']
  /** Where the provider repeats it. Nothing here compared it with a price: that is for you to do. */
  readonly money?: PaymentEvent['money']
  readonly buyerId?: string
  readonly renewal?: boolean
  readonly details: Readonly<Record<string, string>>
  /** Aborted when the hook's time is over; what it does after that may happen twice. */
  readonly signal: AbortSignal
}

/** A payment in the mode that this server is not in is nobody's subscription (T-55), and neither is what an adapter objects to. */
export const offersOf = (hook: MerchantHooks['foreign'], { mode }: ProviderAdapter): IsOffered | undefined =>
  hook && (({ test, objection }) => test === (mode === 'test') && objection === undefined)

/** Asks the shop's hook. Answers whether the event is now taken; throws what the hook threw. */
export async function offer(
  store: Store,
  hooks: MerchantHooks,
  { provider, id }: Notice,
  signal: AbortSignal,
): Promise<boolean> {
  const key = id.slice(`foreign:${provider}:`.length)
  const record = await store.event(provider, key)
  if (!record?.said || record.verdict !== 'unknown') return record?.verdict === 'taken'
  const { reference, becomes, news, details, said } = record
  const { checkout, money, buyerId, renewal } = said
  const event: ForeignEvent = {
    ...{ id: `${provider}:${key}`, provider, reference, checkout, details, signal },
    ...(becomes && { becomes }),
    ...(news && { news }),
    ...(money && { money }),
    ...(buyerId !== undefined && { buyerId }),
    ...(renewal !== undefined && { renewal }),
  }
  return (await hooks.foreign?.(event)) === true
}

/** The hook's word, written: taken, and acknowledged at the next repeat; or nobody's, which a person should know. */
export async function keepWord(store: Store, notice: Notice, isTaken: boolean): Promise<void> {
  const key = notice.id.slice(`foreign:${notice.provider}:`.length)
  await store.transaction(async (tx) => {
    const record = (await tx.event(notice.provider, key)) as EventRecord // the notice was written with it
    // It may have been decided by hand meanwhile, or its checkout have come back.
    if (record.verdict === 'unknown' && isTaken) await tx.saveEvent({ ...record, verdict: 'taken', reason: '' })
    if (record.verdict === 'unknown' && !isTaken) await tx.notice(noticeOf('unknown_checkout', record))
    await tx.noticeTold(notice.id)
  })
}
