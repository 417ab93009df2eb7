// What the Delivery Confirmation API takes: not signed, the secret key travels in a header, so it is called from the server alone.

export const deliveryStatuses = [
  ...(['order_placed', 'order_preparing', 'started', 'delivering', 'delivered', 'consumed', 'waiting_user_action'] as const),
  ...(['delayed', 'failed_will_retry', 'order_cancelled', 'retry_started', 'refund_requested'] as const),
  ...(['refund_request_declined', 'refund_request_accepted', 'refund_issued', 'cancelled_subscription'] as const),
  ...(['substitution_requested', 'substitution_accepted', 'substitution_declined'] as const),
]
export type DeliveryStatus = (typeof deliveryStatuses)[number]

export interface DeliveryNotice {
  /** Of the payment, as `delivery.reference` names it. */
  readonly reference: string
  /** Yours: an order number. */
  readonly orderId: string
  /** `order_placed` right after the payment; `delivered` when the buyer has it. */
  readonly status: DeliveryStatus
  /** Where a digital good was sent to; of a physical one, who receives it. */
  readonly email: string
  readonly details: string
  readonly refundable: boolean
  /** When it will be there, or was. Default: now. */
  readonly deliveredAt?: Date
  /** When the next notice will come. Default: the same. */
  readonly nextNoticeAt?: Date
  /** Why it is late, failed or substituted. Default `none`. */
  readonly reason?: string
  readonly productDescription?: string
  /** Given: it is a physical good, sent to this address. */
  readonly shipping?: ShippingNotice
}

export interface ShippingNotice {
  readonly firstName: string
  readonly lastName: string
  readonly street: string
  readonly city: string
  readonly zip: string
  readonly state?: string
  /** ISO 3166-1 alpha-2. */
  readonly country: string
  readonly phone?: string
  readonly carrier?: string
  readonly trackingId?: string
  readonly receivedBy?: string
}

/** `2017/01/15 15:04:55 +0000`. */
export const deliveryTime = (date: Date): string =>
  date.toISOString().replace(/^(\d+)-(\d+)-(\d+)T([\d:]+).*/, '$1/$2/$3 $4 +0000')

/** The form fields of a notice. */
export function deliveryFields(notice: DeliveryNotice, now: Date): Map<string, string> {
  const { deliveredAt = now, nextNoticeAt = deliveredAt, shipping } = notice
  const optional: Readonly<Record<string, string | undefined>> = {
    product_description: notice.productDescription,
    'shipping_address[firstname]': shipping?.firstName,
    'shipping_address[lastname]': shipping?.lastName,
    'shipping_address[street]': shipping?.street,
    'shipping_address[city]': shipping?.city,
    'shipping_address[zip]': shipping?.zip,
    'shipping_address[state]': shipping?.state,
    'shipping_address[country]': shipping?.country,
    'shipping_address[phone]': shipping?.phone,
    carrier_type: shipping?.carrier,
    carrier_tracking_id: shipping?.trackingId,
    received_by: shipping?.receivedBy,
  }
  return new Map([
    ['payment_id', notice.reference],
    ['merchant_reference_id', notice.orderId],
    ['type', shipping ? 'physical' : 'digital'],
    ['status', notice.status],
    ['estimated_delivery_datetime', deliveryTime(deliveredAt)],
    ['estimated_update_datetime', deliveryTime(nextNoticeAt)],
    ['reason', notice.reason ?? 'none'],
    ['refundable', String(notice.refundable)],
    ['details', notice.details],
    ['shipping_address[email]', notice.email],
    ...Object.entries(optional).filter((entry): entry is [string, string] => entry[1] !== undefined),
  ])
}
