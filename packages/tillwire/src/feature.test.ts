import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineFeature, featureCollections } from './feature.ts'
import { jobLeases } from './job-lease.ts'
import { collection } from './store/index.ts'

const entries = collection({ name: 'entries', schema: z.object({ text: z.string() }) })
const job = { name: 'trim', run: async () => {} }

describe('defineFeature', () => {
  it('fills in what is left out', () => {
    expect(defineFeature({ name: 'empty' })).toEqual({
      name: 'empty',
      collections: [],
      events: { public: {}, authenticated: {} },
      jobs: [],
    })
  })

  it('refuses names and periods that do not fit', () => {
    const handler = { input: z.object({}), ack: z.object({}), handle: () => ({}) }
    expect(() => defineFeature({ name: 'My Feature' })).toThrow(/lower-case/)
    expect(() => defineFeature({ name: 'a', events: { public: { sign: handler } } })).toThrow(/noun:verb/)
    expect(() => defineFeature({ name: 'a', jobs: [{ ...job, every: '10ms' }] })).toThrow(/100ms to 24d/)
    expect(() => defineFeature({ name: 'a', jobs: [{ ...job, every: '25d' }] })).toThrow(/100ms to 24d/)
    expect(() => defineFeature({ name: 'a', jobs: [{ ...job, every: '24d' }] })).not.toThrow()
  })

  it('types input and answer by the schemas beside the handler', () => {
    defineFeature({
      name: 'typed',
      events: {
        authenticated: {
          'guestbook:sign': {
            input: z.object({ text: z.string() }),
            ack: z.object({ length: z.int() }),
            handle({ user, app }, { text }) {
              const typed: [string, string, object] = [user.id, text, app.store]
              return { length: typed.length }
            },
          },
          'guestbook:wrong': {
            input: z.object({ text: z.string() }),
            ack: z.object({ length: z.int() }),
            // @ts-expect-error: the answer has no length
            handle: () => ({ size: 1 }),
          },
        },
      },
    })
  })

  it('names every collection that the store must know', () => {
    expect(featureCollections([defineFeature({ name: 'a', collections: [entries] })])).toEqual([jobLeases, entries])
  })
})
