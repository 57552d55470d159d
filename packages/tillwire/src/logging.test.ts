import { expect, it } from 'vitest'
import { withRequest } from './core/index.ts'
import { createLogger } from './logging.ts'

it('writes the request that is being worked for into each line, unless the line names its own', () => {
  const lines: { msg: string; requestId?: string }[] = []
  const logger = createLogger({ logLevel: 'debug' }, 'test', { write: (line) => void lines.push(JSON.parse(line)) })
  const child = logger.child({ part: 'x' })
  logger.info({}, 'before')
  withRequest('req_1', () => {
    logger.info({}, 'within')
    child.warn({ requestId: 'req_2' }, 'of another')
  })
  expect(lines.map(({ msg, requestId }) => [msg, requestId])).toEqual([
    ['before', undefined],
    ['within', 'req_1'],
    ['of another', 'req_2'],
  ])
})
