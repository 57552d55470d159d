import { collection, openStore } from 'tillwire/store'
import { z } from 'zod'
import type { Peer } from './peer.ts'

const entries = collection({
  name: 'entries',
  schema: z.object({
    holder: z.string(),
    kind: z.enum(['spend', 'grant']),
    key: z.string(),
    amount: z.number(),
    description: z.string(),
    postings: z.array(z.object({ account: z.string(), amount: z.number(), grant: z.string().nullable() })),
    after: z.object({ available: z.number(), held: z.number(), debt: z.number() }),
  }),
  unique: [['kind', 'holder', 'key']],
  indexes: [['holder', 'createdAt']],
})

export async function tillwirePeer(path: string): Promise<Peer> {
  const store = await openStore({ url: `file:${path}`, collections: [entries] })
  const c = store.collection(entries)
  return {
    insert: async (documents) => (await c.insertMany(documents)).length,
    get: async (id) => ((await c.get(id)) ? 1 : 0),
    find: async (holder, limit) =>
      (await c.find({ where: { holder }, orderBy: { createdAt: 'desc' }, limit })).items.length,
    [Symbol.asyncDispose]: () => store.close(),
  }
}
