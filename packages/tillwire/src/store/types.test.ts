import { expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { collection } from './collection.ts'
import { count, find, get, getMany } from './reads.ts'
import type { CollectionHandle, DocumentOf, InsertOf, Store } from './types.ts'

const tasks = collection({
  name: 'tasks',
  schema: z.object({
    title: z.string(),
    done: z.boolean().default(false),
    meta: z.object({ by: z.string() }).optional(),
  }),
  methods: { shout: (task) => task.title.toUpperCase() },
})
type Tasks = CollectionHandle<typeof tasks>

it('types documents, insertions and methods from the schema', () => {
  expectTypeOf<DocumentOf<typeof tasks>['done']>().toEqualTypeOf<boolean>()
  expectTypeOf<DocumentOf<typeof tasks>['version']>().toEqualTypeOf<number>()
  expectTypeOf<ReturnType<DocumentOf<typeof tasks>['shout']>>().toEqualTypeOf<string>()
  expectTypeOf<InsertOf<typeof tasks>>().toExtend<{ title: string; done?: boolean; id?: string }>()
})

it('types the paths and operators of a query', () => {
  type Where = Parameters<Tasks['count']>[0]
  expectTypeOf<{ title: 'a'; 'meta.by': { contains: string }; or: [{ done: true }] }>().toExtend<Where>()
  // @ts-expect-error an unknown path
  const path: Where = { nope: 1 }
  // @ts-expect-error an unknown operator
  const operator: Where = { title: { near: 'x' } }
  // @ts-expect-error an unknown path in a nested condition
  const nested: Where = { not: { nope: 1 } }
  expectTypeOf([path, operator, nested]).toBeArray()
})

it('types the answers of a snapshot', () => {
  const read = (store: Store) =>
    store.snapshot({ one: get(tasks, 'a'), some: getMany(tasks, ['a']), page: find(tasks), total: count(tasks) })
  type Answers = Awaited<ReturnType<typeof read>>
  expectTypeOf<Answers['one']>().toEqualTypeOf<DocumentOf<typeof tasks> | null>()
  expectTypeOf<Answers['some']>().toEqualTypeOf<(DocumentOf<typeof tasks> | null)[]>()
  expectTypeOf<Answers['page']['items']>().toEqualTypeOf<DocumentOf<typeof tasks>[]>()
  expectTypeOf<Answers['total']>().toEqualTypeOf<number>()
  // @ts-expect-error an unknown path
  const wrong = count(tasks, { nope: 1 })
  expectTypeOf(wrong).toBeObject()
})

it('refuses a definition that names unknown fields', () => {
  // @ts-expect-error an unknown field
  const define = () => collection({ name: 'x', schema: z.object({ a: z.string() }), hashed: ['b'] })
  expectTypeOf(define).toBeFunction()
})
