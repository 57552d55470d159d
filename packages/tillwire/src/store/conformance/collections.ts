import { z } from 'zod'
import { collection } from '../collection.ts'

/** Collections that the suite's topics share. */
export const people = collection({
  name: 'people',
  schema: z.object({
    name: z.string().min(1),
    email: z.string().nullish(),
    age: z.number().optional(),
    active: z.boolean().default(true),
    plan: z.enum(['free', 'pro']).default('free'),
    address: z.object({ city: z.string(), zip: z.string().optional() }).optional(),
    tags: z.array(z.string()).optional(),
    scores: z.record(z.string(), z.number()).optional(),
    anything: z.unknown().optional(),
  }),
  unique: [['email']],
  indexes: [['plan', 'createdAt'], ['age']],
  methods: { initial: (person) => person.name.slice(0, 1) },
})

export const counters = collection({ name: 'counters', schema: z.object({ count: z.number().int() }) })
