export const dynamic = 'force-dynamic'

async function answer(request: Request): Promise<Response> {
  const { checkout } = await import('../../shop') // not above: Next evaluates modules while it builds
  return checkout.fetch(request)
}

export { answer as GET, answer as HEAD, answer as OPTIONS, answer as POST }
