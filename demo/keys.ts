/** Of the pretend Paymentwall and of nothing else. A real shop reads its own from the environment. */
export const keys = { projectKey: 'd3a0c1b2e4f5968778695a4b3c2d1e0f', secretKey: 'of-the-sandbox-and-nothing-else' }
