/** Of the pretend providers and of nothing else. A real shop reads its own from the environment. */
export const keys = {
  paymentwall: { projectKey: 'd3a0c1b2e4f5968778695a4b3c2d1e0f', secretKey: 'of-the-sandbox-and-nothing-else' },
  wipay: { accountNumber: '1234567890', webhookSecret: 'whs_of_the_sandbox_and_nothing_else' },
  gstable: { accountId: 'acc_sandbox', apiKey: 'sk_test_of_the_sandbox', webhookKey: 'wkk_of_the_sandbox_and_nothing_else' },
}
export type ProviderName = keyof typeof keys
