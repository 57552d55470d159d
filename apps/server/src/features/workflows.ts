import { defineFeature } from 'tillwire'

/** Brings workflows on whose process died, or whose wait is over. */
export default defineFeature({
  name: 'workflows',
  jobs: [{ name: 'recover-workflows', every: '2s', run: ({ workflows }) => workflows.recover() }],
})
