import type { MessageReader } from '../protocol/window-signal.js'
import { readPaymentwallMessage } from './paymentwall/messages.js'

/** The providers whose pages speak, by the name before the colon of a method id. */
export const messageReaders: Readonly<Record<string, MessageReader>> = {
  paymentwall: readPaymentwallMessage,
}
