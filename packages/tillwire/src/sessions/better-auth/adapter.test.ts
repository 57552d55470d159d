import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  authFlowTestSuite,
  caseInsensitiveTestSuite,
  joinsTestSuite,
  normalTestSuite,
  testAdapter,
  transactionsTestSuite,
  uuidTestSuite,
} from '@better-auth/test-utils/adapter'
import { afterAll, beforeAll, describe, vi } from 'vitest'
import { openStore, type Store } from '../../store/index.ts'
import { KEYS } from '../testing/harness.ts'
import { tillwireAdapter } from './adapter.ts'

/** Better Auth's own suites, on one store; `runMigrations` opens it anew, as a changed program would. */
async function suites(url: string) {
  let store: Store | undefined
  const open = async () => {
    store ??= await openStore({ url, collections: [], keys: KEYS })
    return store
  }
  const { execute } = await testAdapter({
    adapter: async () => tillwireAdapter(await open()),
    async runMigrations() {
      await store?.close()
      store = undefined
      await open()
    },
    tests: [
      normalTestSuite(),
      authFlowTestSuite(),
      caseInsensitiveTestSuite(),
      transactionsTestSuite(),
      uuidTestSuite(),
      joinsTestSuite(),
    ],
    async onFinish() {
      await store?.close()
    },
  })
  execute()
}

// The suites print each migration and time that they take.
beforeAll(() => void vi.spyOn(console, 'log').mockImplementation(() => {}))
afterAll(() => void vi.restoreAllMocks())

describe('memory', () => suites('memory:'))
describe('sqlite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tillwire-auth-'))
  afterAll(() => rm(folder, { recursive: true, force: true }))
  await suites(`file:${join(folder, 'auth.db')}`)
})
