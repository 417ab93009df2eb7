import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readPaymentwallMessage } from '../../../src/providers/paymentwall/messages.js'
import { named, runs, vectorsOf } from './vectors.js'

const kinds: Readonly<Record<string, string>> = {
  widgetLoaded: 'loaded',
  widgetSizeChanged: 'resize',
  paymentProcessingStart: 'busy',
  paymentProcessingEnd: 'idle',
  paymentSuccess: 'finished',
}

describe('readPaymentwallMessage', () => {
  test.each(named(vectorsOf('postmessage')))('%s: %s', (_, __, { data, expected }) => {
    const kind = expected.accepted ? kinds[String(expected.event)] : undefined
    const size = expected.heightPx === undefined ? {} : { height: expected.heightPx }
    expect(readPaymentwallMessage(data)).toEqual(kind && { kind, ...size })
  })

  test.each([
    '{"event":"widgetSizeChanged"}',
    '{"event":"widgetSizeChanged","data":{"height":"100%"}}',
    '{"event":"widgetSizeChanged","data":{"height":"1e3px"}}',
    '{"event":"widgetSizeChanged","data":{"height":-1}}',
    '{"event":"widgetSizeChanged","data":{"height":"999999px"}}',
  ])('T-66 takes no size but whole pixels: %s', (text) => {
    expect(readPaymentwallMessage(text)).toBeUndefined()
  })

  test('T-64 reads own properties of plain data, and nothing that is too large', () => {
    expect(readPaymentwallMessage(JSON.stringify({ event: 'widgetLoaded', data: 'x'.repeat(70_000) }))).toBeUndefined()
    expect(readPaymentwallMessage('{"__proto__":{"event":"widgetLoaded"}}')).toBeUndefined()
    expect(readPaymentwallMessage({ event: 'constructor' })).toBeUndefined()
    expect(readPaymentwallMessage({ event: '__proto__' })).toBeUndefined()
  })

  test('T-64 never throws, whatever is posted', () => {
    const anything = fc.oneof(fc.anything({ withNullPrototype: true, withMap: true }), fc.json(), fc.string())
    const eventLike = fc.record({ event: fc.constantFrom(...Object.keys(kinds)), data: fc.anything() })
    fc.assert(
      fc.property(
        fc.oneof(
          anything,
          eventLike,
          eventLike.map((event) => JSON.stringify(event)),
        ),
        (data) => {
          const signal = readPaymentwallMessage(data)
          expect([undefined, ...Object.values(kinds)]).toContain(signal?.kind)
        },
      ),
      { numRuns: runs(2_000) },
    )
  })
})
