import { equalInConstantTime } from '../../signing.js'
import { deliveryStatuses } from '../delivery.js'
import type { SandboxProject } from '../sandbox.js'
import { paymentObject } from './hosted-page.js'
import { readSigned } from './page-request.js'

/** What a shop's back office calls: payment status, the country of an address, tickets, delivery confirmation. Undefined: none of them. */
export async function backOffice(
  project: SandboxProject,
  request: Request,
  url: URL,
  path: string,
): Promise<Response | undefined> {
  if (path === '/api/rest/payment' && request.method === 'GET') return paymentStatus(project, url)
  if (path === '/api/rest/country' && request.method === 'GET') return country(project, url)
  if (path === '/developers/api/ticket') return ticket(project, request)
  if (path === '/api/delivery' && request.method === 'POST') return delivery(project, request)
  return undefined
}

/** By `ref` one object, by `uid` and `ag_external_id` a list, as the documents show. Not found is undocumented: `[]`. */
function paymentStatus(project: SandboxProject, url: URL): Response {
  const parameters = readSigned(url.search.slice(1), project)
  if (!parameters) return Response.json({ error: 'Access denied: key or signature is wrong' })
  const ref = parameters.get('ref')
  const payment =
    ref === undefined
      ? project.book.latestOf(parameters.get('uid') ?? '', parameters.get('ag_external_id') ?? '')
      : project.book.find(ref)
  if (!payment) return Response.json([])
  return Response.json(ref === undefined ? [paymentObject(payment)] : paymentObject(payment))
}

/** Not signed. Without `user_ip` it would place the caller, who is a server. */
function country({ projectKey, country: code }: SandboxProject, url: URL): Response {
  const { searchParams } = url
  if (searchParams.get('key') !== projectKey || !searchParams.get('uid')) return Response.json({ error: 'Access denied' })
  const name = new Intl.DisplayNames('en', { type: 'region' }).of(code)
  return Response.json(searchParams.get('user_ip') ? { code, country: name } : { error: 'user_ip is missing' })
}

/** A ticket of type 1 refunds, of type 2 stops renewing; both are told by pingback only. With `test_mode` nothing happens. */
async function ticket({ book, outcome, ...keys }: SandboxProject, request: Request): Promise<Response> {
  const refused = (error: string) => Response.json({ result: 0, errors: [error] })
  const parameters = request.method === 'POST' ? readSigned(await request.text(), keys) : undefined
  if (!parameters) return refused('You have no access to the developers API')
  const [ref, type] = [parameters.get('ref'), parameters.get('type') ?? '']
  if (!ref && !parameters.get('uid')) return refused('Either ref or uid is required')
  if (!/^[123]$/.test(type) || !parameters.get('message')) return refused('type and message are required')
  if (ref && !book.find(ref)) return refused('Payment was not found')
  const move = { 1: 'refund', 2: 'cancel' }[type]
  if (ref && move && parameters.get('test_mode') !== '1') book.move(ref, move, outcome)
  return Response.json({ result: 1 })
}

async function delivery({ secretKey, book }: SandboxProject, request: Request): Promise<Response> {
  const form = new URLSearchParams(await request.text())
  const failed = (error: string) => Response.json({ error, notices: [] })
  if (!equalInConstantTime(request.headers.get('x-apikey') ?? '', secretKey)) return failed('API key is invalid')
  if (!book.find(form.get('payment_id') ?? '')) return failed('Payment was not found')
  const faults = Object.entries(ofDelivery).flatMap(([name, pattern]) => (pattern.test(form.get(name) ?? '') ? [] : [name]))
  return faults.length > 0 ? failed(`missing or invalid: ${faults.join(', ')}`) : Response.json({ success: 1 })
}

const some = /./s
const time = /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d [+-]\d{4}$/
const ofDelivery: Readonly<Record<string, RegExp>> = {
  merchant_reference_id: some,
  type: /^(digital|physical)$/,
  status: new RegExp(`^(${deliveryStatuses.join('|')})$`),
  estimated_delivery_datetime: time,
  estimated_update_datetime: time,
  reason: some,
  refundable: /^(true|false)$/,
  details: some,
  'shipping_address[email]': /^[^\s@]+@[^\s@]+$/,
}
