import { TRPCError } from '@trpc/server'
import { InternalError } from 'tillwire'
import { UnknownModel } from 'tillwire/answers'
import { StoreUnavailable } from 'tillwire/store'
import { describe, expect, it } from 'vitest'
import { isOurs, trpcErrorOf, wireErrorOf } from './wire-error.ts'

describe('errors on the wire', () => {
  it('have our code and message when the caller can do something about it', () => {
    const error = trpcErrorOf(new UnknownModel({ model: 'gpt-9', models: ['gpt-5'] }))
    expect(error.code).toBe('BAD_REQUEST')
    expect(wireErrorOf(error)).toEqual({
      code: 'unknown_model',
      message: 'There is no model "gpt-9": choose one of gpt-5.',
      retryable: false,
      details: { models: ['gpt-5'] },
    })
    expect(isOurs(error)).toBe(false)
  })

  it('tell nothing of what is ours alone to know', () => {
    const secret = 'disk /var/data/tillwire.db is full'
    const errors = [
      trpcErrorOf(new InternalError(secret)),
      trpcErrorOf(new StoreUnavailable(secret)),
      new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message: secret, cause: new Error(secret) }),
      new TRPCError({ code: 'BAD_REQUEST', message: secret }),
      new TRPCError({ code: 'NOT_FOUND', message: secret }),
    ]
    const told = errors.map(wireErrorOf)
    expect(told.map(({ code }) => code)).toEqual([
      'internal',
      'unavailable',
      'internal',
      'invalid_payload',
      'not_found',
    ])
    expect(JSON.stringify(told)).not.toContain('tillwire.db')
    expect(errors.map(isOurs)).toEqual([true, true, true, false, false])
  })
})
