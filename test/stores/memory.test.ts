import { memory } from '../../src/stores/memory.js'
import { describeStore } from './store-contract.js'

describeStore('memory', (now) => {
  const store = memory({ now })
  return { one: store, other: store }
})
