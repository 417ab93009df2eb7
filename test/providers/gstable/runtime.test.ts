import { afterEach, expect, test, vi } from 'vitest'
import { configuration } from './vectors.js'

// A runtime whose HMAC is not one. The modules are loaded anew for it, since every other test has them already.

const signing = '../../../src/providers/signing.js'
afterEach(() => {
  vi.doUnmock(signing)
  vi.resetModules()
})

test('T-57 a runtime that signs wrongly is found at start-up', async () => {
  vi.resetModules()
  vi.doMock(signing, async (original) => ({ ...(await original<object>()), hmacSha256: () => new Uint8Array(32) }))
  const { gstable } = await import('../../../src/providers/gstable/index.js')
  expect(() => gstable(configuration)).toThrow(expect.objectContaining({ code: 'config_invalid' }))
})
