import { credits, defineFeature } from 'tillwire'
import { collection } from 'tillwire/store'
import { z } from 'zod'

const entries = collection({
  name: 'guestbook_entries',
  schema: z.object({ userId: z.string(), text: z.string() }),
})

export default defineFeature({
  name: 'guestbook',
  collections: [entries],
  routes(router, app) {
    router.get('/guestbook', async (_, response) => {
      const { items } = await app.store.collection(entries).find({ orderBy: { createdAt: 'desc' }, limit: 20 })
      response.json(items.map(({ id, text }) => ({ id, text })))
    })
  },
  events: {
    authenticated: {
      'guestbook:sign': {
        input: z.object({ text: z.string().min(1).max(500) }),
        ack: z.object({ id: z.string() }),
        costs: credits(1),
        async handle({ app, user }, { text }) {
          const entry = await app.store.collection(entries).insert({ userId: user.id, text })
          app.sockets.toAll('authenticated').emit('guestbook:signed', { id: entry.id, text })
          return entry
        },
      },
    },
  },
  jobs: [
    {
      name: 'tidy-guestbook',
      every: '5m',
      async run({ store }) {
        const guestbook = store.collection(entries)
        const { items } = await guestbook.find({ where: { text: { contains: 'casino', mode: 'insensitive' } } })
        for (const { id } of items) await guestbook.delete(id)
      },
    },
  ],
})
