import type * as z from 'zod/mini'
import { CheckoutError } from '../protocol/checkout-error.js'
import { faultsOf } from '../protocol/configuration.js'

// What is read from the network, before anybody knows who sent it: bounded in size and time whatever the headers claim (T-49).

export const longestUrl = 8 * 1024 // characters
const mostParameters = 64
const longestValue = 1024 // characters, as written in the query
const longestBody = 64 * 1024 // bytes
const readingTime = 10_000 // milliseconds

/** No provider and no browser compresses what it sends here, and what it unfolds to is not ours to find out. */
export function isCompressed({ headers }: Request): boolean {
  const encoding = headers.get('content-encoding')
  return encoding !== null && encoding !== '' && encoding.toLowerCase() !== 'identity'
}

/** Throws CheckoutError `request_invalid` when the address is larger than any provider's. */
export function checkQuery(url: string): void {
  const at = url.indexOf('?')
  if (at < 0) return
  let parameters = 1
  let start = at + 1
  for (let index = start; index <= url.length; index++) {
    const isEnd = index === url.length || url.charCodeAt(index) === 38 // &
    if (!isEnd) continue
    if (index - start > longestValue + 80) throw new CheckoutError('request_invalid', 'a parameter of the address is too long')
    if (index < url.length && ++parameters > mostParameters)
      throw new CheckoutError('request_invalid', 'the address has too many parameters')
    start = index + 1
  }
}

/**
 * The bytes as they came, since bytes are what is signed. Throws CheckoutError `request_invalid`; `config_invalid` when something
 * in front of us has eaten the body, which no signature survives.
 */
export async function readBody(request: Request): Promise<Uint8Array> {
  if (request.bodyUsed || request.body?.locked)
    throw new CheckoutError(
      'config_invalid',
      'the body was read before it came here: mount the checkout before any body parser, or keep the parser away from its path',
    )
  if (!request.body) return new Uint8Array()

  const chunks: Uint8Array[] = []
  let size = 0
  const reader = request.body.getReader()
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new CheckoutError('request_invalid', 'the body did not arrive in time')), readingTime)
  })
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), over])
      if (done) return Buffer.concat(chunks)
      size += value.byteLength
      if (size > longestBody) throw new CheckoutError('request_invalid', `the body is larger than ${longestBody} bytes`)
      chunks.push(value)
    }
  } catch (error) {
    reader.cancel().catch(() => {})
    throw error instanceof CheckoutError ? error : new CheckoutError('request_invalid', 'the body broke off', { cause: error })
  } finally {
    clearTimeout(timer)
  }
}

/** A JSON body as plain data, or CheckoutError `request_invalid`. */
export async function readJson(request: Request): Promise<unknown> {
  if (!/^application\/json\b/i.test(request.headers.get('content-type') ?? ''))
    throw new CheckoutError('request_invalid', 'the body must be JSON, and say so in its content type')
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(await readBody(request)))
  } catch (error) {
    throw error instanceof CheckoutError
      ? error
      : new CheckoutError('request_invalid', 'the body is not JSON', { cause: error })
  }
}

/** Whether a form without script sends it: then the answer is a page, also where it is refused. */
export const isForm = ({ method, headers }: Request): boolean =>
  method === 'POST' && /^application\/x-www-form-urlencoded\b/i.test(headers.get('content-type') ?? '')

/** The fields of a plain form; empty ones count as left out. Throws CheckoutError `request_invalid`. */
export async function readForm(request: Request): Promise<Readonly<Record<string, string>>> {
  const fields = [...new URLSearchParams(new TextDecoder().decode(await readBody(request)))]
  if (new Set(fields.map(([name]) => name)).size < fields.length)
    throw new CheckoutError('request_invalid', 'a field of the form stands there twice')
  return Object.fromEntries(fields.filter(([, value]) => value !== ''))
}

const plainName = /^\w{1,40}$/
const mostUnknown = 5

/**
 * CheckoutError `request_invalid` that names what is wrong by its fields. The name of a field that there is none of is the sender's own
 * text, and goes into the log and the answer: it is repeated only where it is a plain word (T-53, T-54).
 */
export function refusalOf({ issues }: z.core.$ZodError): CheckoutError {
  const told = issues.map((issue) => {
    if (issue.code !== 'unrecognized_keys') return issue
    const keys = issue.keys.map((key) => (plainName.test(key) ? key : 'a field of another name'))
    return { ...issue, keys: [...new Set(keys)].slice(0, mostUnknown) }
  })
  return new CheckoutError('request_invalid', faultsOf({ issues: told } as z.core.$ZodError))
}
