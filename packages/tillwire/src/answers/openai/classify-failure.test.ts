import { describe, expect, it } from 'vitest'
import { classifyFailure, retryAfter, type ToldError } from './classify-failure.ts'

const said = (error: Partial<ToldError>) =>
  classifyFailure({ status: null, code: null, type: null, param: null, retryAfterMs: null, ...error })

describe('a failure of a provider', () => {
  it.each<[string, Partial<ToldError>, string, object]>([
    ['a bad question', { status: 400, type: 'invalid_request_error' }, 'question_refused', { why: 'other' }],
    ['a bad message', { status: 400, param: 'input[0].content' }, 'question_refused', { why: 'other' }],
    ['too long a question', { status: 400, code: 'context_length_exceeded' }, 'question_refused', { why: 'length' }],
    ['too large a body', { status: 413 }, 'question_refused', { why: 'length' }],
    ['content rules', { status: 400, code: 'invalid_prompt' }, 'question_refused', { why: 'rules' }],
    ['content rules in a stream', { code: 'invalid_prompt' }, 'question_refused', { why: 'rules' }],
    ['a wrong key', { status: 401, code: 'invalid_api_key' }, 'model_misconfigured', { status: 401 }],
    ['a place without access', { status: 403 }, 'model_misconfigured', { status: 403 }],
    ['no such model', { status: 404, code: 'model_not_found' }, 'model_misconfigured', { status: 404 }],
    ['no such model, as a bad request', { status: 400, param: 'model' }, 'model_misconfigured', { param: 'model' }],
    ['an option of ours', { status: 400, code: 'unsupported_parameter', param: 'store' }, 'model_misconfigured', {}],
    ['an account without credit', { status: 429, code: 'insufficient_quota' }, 'model_misconfigured', { status: 429 }],
    ['a limit', { status: 429, retryAfterMs: 7 }, 'model_limited', { retryAfterMs: 7 }],
    ['a limit in a stream', { code: 'rate_limit_exceeded' }, 'model_limited', { retryAfterMs: null }],
    ['an outage', { status: 503 }, 'model_failed', { status: 503 }],
    ['a timeout', { status: 408 }, 'model_failed', { status: 408 }],
    ['an outage in a stream', { code: 'server_error' }, 'model_failed', {}],
    ['what is not known', {}, 'model_failed', {}],
  ])('is known by status and code: %s', (_, error, code, details) => {
    const failure = said(error)
    expect(failure.code).toBe(code)
    expect(failure.details).toMatchObject(details)
  })

  it('names when to ask again in milliseconds, seconds, or as a date', () => {
    const now = new Date('2026-11-29T10:00:00Z')
    const told = (headers: Record<string, string>) => retryAfter(new Headers(headers), now)
    expect(told({ 'retry-after-ms': '250', 'retry-after': '9' })).toBe(250)
    expect(told({ 'retry-after': '9' })).toBe(9_000)
    expect(told({ 'retry-after': 'Sun, 29 Nov 2026 10:01:00 GMT' })).toBe(60_000)
    expect(told({ 'retry-after': 'Sun, 29 Nov 2026 09:00:00 GMT' })).toBe(0)
    for (const headers of [{}, { 'retry-after': '-3' }, { 'retry-after': 'soon' }, { 'retry-after': '' }])
      expect(told(headers as Record<string, string>)).toBeNull()
  })
})
