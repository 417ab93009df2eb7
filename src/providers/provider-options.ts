import * as z from 'zod/mini'
import { functionOf } from '../protocol/configuration.js'
import type { ProviderOptions } from './adapter.js'

/** What every provider's configuration has (ProviderOptions), for the schema of each. */
export const providerOptions = {
  mode: z._default(z.enum(['live', 'test']), 'live'),
  fetch: z.optional(functionOf<NonNullable<ProviderOptions['fetch']>>()),
  now: z.optional(functionOf<NonNullable<ProviderOptions['now']>>()),
}
