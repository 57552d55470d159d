import { defineFeature } from 'tillwire'

/** Removes what is past the retention of its collection. */
export default defineFeature({
  name: 'store',
  jobs: [{ name: 'sweep-store', every: '1m', run: ({ store }, signal) => store.sweep({ signal }) }],
})
