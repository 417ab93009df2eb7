// Deliveries and notices are worked off for as long as the server runs.
export async function register() {
  if (process.env.NEXT_RUNTIME === 'nodejs') (await import('./app/shop')).checkout.work()
}
