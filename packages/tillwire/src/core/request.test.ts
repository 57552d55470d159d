import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { currentRequest, withRequest } from './request.ts'

describe('the request that is being worked for', () => {
  it('is known in all that it awaits and starts, and to nobody else', async () => {
    const seen: (string | undefined)[] = []
    const work = async (id: string) => {
      await delay(1)
      seen.push(currentRequest())
      await new Promise<void>((done) => setImmediate(() => done(void seen.push(currentRequest()))))
      return id
    }
    expect(await Promise.all(['a', 'b'].map((id) => withRequest(id, () => work(id))))).toEqual(['a', 'b'])
    expect(seen.toSorted()).toEqual(['a', 'a', 'b', 'b'])
    expect(currentRequest()).toBeUndefined()
  })

  it('is the inner one where one request is worked on within another', () => {
    withRequest('outer', () => {
      withRequest('inner', () => expect(currentRequest()).toBe('inner'))
      expect(currentRequest()).toBe('outer')
    })
  })
})
