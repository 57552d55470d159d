import { openStore } from '../open-store.ts'
import { insert, replace } from '../writes.ts'
import { counters } from './collections.ts'
import type { Task } from './other-process.ts'
import { third } from './upgrade-collections.ts'

/** The other process of the suite: does what it is asked and says so. */
const url = process.argv[2] ?? ''
const tell = (message: unknown) => new Promise<void>((resolve) => process.send?.(message, () => resolve()))
process.on('disconnect', () => process.exit())
process.on('message', async (task: Task) => {
  const store = await openStore({ url, collections: task.kind === 'open-upgraded' ? [third] : [counters] })
  if (task.kind === 'open-upgraded') return tell(await store.collection(third).count({ plan: 'free' }))
  const c = store.collection(counters)
  switch (task.kind) {
    case 'update':
      for (let i = 0; i < task.times; i++) await c.update(task.id, ({ count }) => ({ count: count + 1 }))
      return tell('done')
    case 'transaction':
      for (let i = 0; i < task.times; i++)
        await store.transaction(
          (tx) => tx.collection(counters).update(task.id, ({ count }) => ({ count: count + 1 })),
          { retries: 200, deadline: '10s' },
        )
      return tell('done')
    case 'insert':
      await c.insert({ id: task.id, count: 1 })
      return tell('done')
    case 'insert-forever':
      for (;;) await tell((await c.insert({ count: 1 })).id)
    case 'raise-together':
      await store.commit({ writes: task.ids.map((id) => insert(counters, { id, count: 1 })) })
      await tell('started')
      for (let version = 1; ; version++)
        await store.commit({
          writes: task.ids.map((id) => replace(counters, id, { count: version + 1 }, { ifVersion: version })),
        })
    case 'write-forever':
      await tell('started')
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          for (;;) await c.insertMany([{ count: 1 }, { count: 2 }])
        }),
      )
  }
})
