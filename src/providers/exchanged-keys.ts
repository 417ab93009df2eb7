import * as z from 'zod/mini'
import { credential } from '../protocol/configuration.js'
import { Secret } from './adapter.js'

// Several keys of one provider, newest first, while they are being exchanged: all verify, each until its end (T-56).

export interface ExchangedKey {
  readonly secret: Secret
  /** Given: from then on nothing that it signed is believed. */
  readonly until?: Date | undefined
}

/** One to five, each `key` of the given form, as a list of `{ key, until }`. */
export const severalKeys = (key: typeof credential = credential) =>
  z.pipe(
    z.transform((value) =>
      (Array.isArray(value) ? value : [value]).map((each) => (typeof each === 'object' && each ? each : { key: each })),
    ),
    z.array(z.strictObject({ key, until: z.optional(z.date()) })).check(z.minLength(1), z.maxLength(5)),
  )

type ReadKeys = readonly { readonly key: string; readonly until?: Date | undefined }[]

/** Of what was read: no key twice. */
export const areDifferent = (keys: ReadKeys = []): boolean => new Set(keys.map(({ key }) => key)).size === keys.length

/** Of what was read: there is always one that has no end. */
export const newestStays = ([newest]: ReadKeys = []): boolean => newest?.until === undefined

export const exchangedKeys = (keys: ReadKeys): readonly ExchangedKey[] =>
  keys.map(({ key, until }) => ({ secret: new Secret(key), until }))

export const isOver = ({ until }: ExchangedKey, now: Date): boolean => until !== undefined && until <= now

/** In their order, undefined where one has ended: the others keep their number. */
export const believed = (keys: readonly ExchangedKey[], now: Date): readonly (Secret | undefined)[] =>
  keys.map((key) => (isOver(key, now) ? undefined : key.secret))
