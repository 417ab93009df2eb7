import { CheckoutError } from '../../protocol/checkout-error.js'

/** What is given up may be written all the same: nobody knows, as with a lost answer. */
export const lateError = (): CheckoutError => new CheckoutError('store_unavailable', 'PostgreSQL did not answer in time')

export async function within<T>(time: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(lateError()), time)
  })
  return Promise.race([work, over]).finally(() => clearTimeout(timer))
}
