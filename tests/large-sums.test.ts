import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTillwire, defineConfig, microcredits, silentLogger, withRequest } from 'tillwire'
import { holderOf } from 'tillwire/credits'
import { expect, it } from 'vitest'
import { letGo } from './support/evidence.ts'
import { tillwireCommand } from './support/tillwire-command.ts'

const MOST = microcredits(Number.MAX_SAFE_INTEGER)

it('of credits that no number holds are exact in check and explain', { timeout: 120_000 }, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tillwire-sums-'))
  const env = { DATA_DIR: dataDir, DATABASE_URL: `file:${join(dataDir, 'tillwire.db')}` }
  const { credits, close } = await createTillwire(defineConfig({}), {
    env: { ...process.env, ...env },
    logger: silentLogger,
    migrate: true,
  })
  const source = { kind: 'manual' } as const
  await withRequest('req_large', async () => {
    for (const holder of [holderOf('ada'), holderOf('bea')]) {
      await credits.grant({ holder, amount: MOST, key: 'first', source })
      await credits.spend({ holder, amount: MOST, key: 'all' })
      await credits.grant({ holder, amount: MOST, key: 'again', source })
    }
  })
  await close()

  const check = await tillwireCommand(['check', '--json'], env)
  const twice = 2n * BigInt(MOST)
  expect(check.status, check.stdout + check.stderr).toBe(0)
  expect(JSON.parse(check.stdout)).toMatchObject({
    ok: true,
    totals: { issued: String(-2n * twice), consumed: String(twice), available: String(twice) },
  })
  const request = await tillwireCommand(['explain', 'req_large', '--json'], env)
  const { items, problems } = JSON.parse(request.stdout) as { items: { says: string }[]; problems: unknown[] }
  expect(problems).toEqual([])
  expect(items.at(-1)).toMatchObject({
    says: expect.stringContaining('spent 18,014,398,509.481982 credits'),
    amounts: {},
  })
  const user = await tillwireCommand(['explain', 'ada'], env)
  expect(user.stdout).toContain('has 9,007,199,254.740991 available, 0 held, 0 owed, the sum of 3 entries: they agree')
  letGo(dataDir)
})
