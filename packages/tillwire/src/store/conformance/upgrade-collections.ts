import { z } from 'zod'
import { collection } from '../collection.ts'

/** Three versions of one collection. */
export const first = collection({ name: 'users', schema: z.object({ name: z.string() }) })
export const second = collection({
  name: 'users',
  schema: z.object({ first: z.string(), last: z.string() }),
  schemaVersion: 2,
  upgrades: {
    1: ({ name }) => {
      const [start = '', end = ''] = String(name).split(' ')
      return { first: start, last: end }
    },
  },
})
export const third = collection({
  name: 'users',
  schema: z.object({ first: z.string(), last: z.string(), plan: z.string() }),
  indexes: [['plan']],
  unique: [['last']],
  schemaVersion: 3,
  upgrades: { ...second.upgrades, 2: (fields) => ({ ...fields, plan: 'free' }) },
})
