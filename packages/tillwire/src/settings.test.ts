import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { InvalidSettings } from './read-setting.ts'
import { InvalidSecretsFile, localSecrets } from './secrets.ts'
import { readSettings } from './settings.ts'

const made: string[] = []
let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tillwire-settings-'))
  made.push(root)
})
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true })
})

const read = (env: Record<string, string>) => readSettings({ TILLWIRE_ROOT: root, ...env })
function problemsOf(env: Record<string, string>): { variable: string; problem: string; allowed: string }[] {
  try {
    read(env)
  } catch (error) {
    if (InvalidSettings.is(error)) return error.details.problems as ReturnType<typeof problemsOf>
    throw error
  }
  return []
}

const PRODUCTION = {
  TILLWIRE_MODE: 'production',
  WEB_ORIGIN: 'https://app.example.com',
  SERVER_ORIGIN: 'https://api.example.com',
  STRIPE_SECRET_KEY: 'sk_live_abc',
  STRIPE_WEBHOOK_SECRET: 'whsec_1,whsec_2',
  OPENAI_API_KEY: 'sk-abc',
  AUTH_SECRET: 'a'.repeat(32),
  ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
}

describe('settings', () => {
  it('needs none in local mode', () => {
    const settings = read({})
    expect(settings).toMatchObject({
      mode: 'local',
      databaseUrl: `file:${root}/data/tillwire.db`,
      dataDir: `${root}/data`,
      host: '127.0.0.1',
      webPort: 3000,
      serverPort: 3001,
      webOrigin: 'http://localhost:3000',
      serverOrigin: 'http://localhost:3001',
      stripe: { emulatorPort: 4242, livemode: false },
      model: { emulatorPort: 4010 },
      demo: { email: 'demo@tillwire.local' },
    })
    expect(settings.allowedOrigins).toContain('http://127.0.0.1:3000')
  })

  it('keeps the secrets that it made, readable by their owner only', () => {
    const first = read({})
    expect(read({}).authSecret).toBe(first.authSecret)
    expect(read({}).demo).toEqual(first.demo)
    expect(statSync(join(root, 'data/secrets.json')).mode & 0o777).toBe(0o600)
  })

  it('says so when the secrets file is broken, without its content', () => {
    read({})
    writeFileSync(join(root, 'data/secrets.json'), '{"authSecret":"leaked')
    expect(() => read({})).toThrow(InvalidSecretsFile)
    expect(() => read({})).not.toThrow(/leaked/)
    expect(() => localSecrets(join(root, 'data'))).toThrow(/restore|repair/)
  })

  it('makes no secrets file for a store in memory', () => {
    const settings = read({ DATABASE_URL: 'memory:' })
    expect(settings.databaseUrl).toBe('memory:')
    expect(read({ DATABASE_URL: 'memory:' }).authSecret).toBe(settings.authSecret)
    expect(() => readFileSync(join(root, 'data/secrets.json'))).toThrow()
  })

  it('resolves relative paths from the project, and keeps data beside the database', () => {
    expect(read({ DATABASE_URL: 'file:./shop/a.db' })).toMatchObject({
      databaseUrl: `file:${root}/shop/a.db`,
      dataDir: `${root}/shop`,
    })
    expect(read({ DATA_DIR: 'elsewhere' })).toMatchObject({
      databaseUrl: `file:${root}/elsewhere/tillwire.db`,
      dataDir: `${root}/elsewhere`,
    })
  })

  it('lets origins follow the ports', () => {
    expect(read({ WEB_PORT: '4000' }).webOrigin).toBe('http://localhost:4000')
  })

  it('keeps an emulator from starting when its real one is set', () => {
    expect(read({ STRIPE_SECRET_KEY: 'sk_test_1' }).stripe).toMatchObject({ emulatorPort: null, apiBase: null })
    expect(read({ STRIPE_API_BASE: 'http://127.0.0.1:9999' }).stripe).toMatchObject({
      emulatorPort: null,
      apiBase: 'http://127.0.0.1:9999',
    })
    expect(read({ OPENAI_BASE_URL: 'http://127.0.0.1:9998/v1/' }).model).toMatchObject({
      emulatorPort: null,
      baseUrl: 'http://127.0.0.1:9998/v1',
    })
  })

  it.each([
    ['WEB_PORT', 'abc'],
    ['SERVER_PORT', '0'],
    ['SERVER_PORT', '70000'],
    ['WEB_ORIGIN', 'localhost:3000'],
    ['WEB_ORIGIN', 'http://localhost:3000/path'],
    ['TILLWIRE_MODE', 'staging'],
    ['DATABASE_URL', 'postgres://localhost/x'],
    ['DATABASE_URL', 'tillwire.db'],
    ['REDIS_URL', 'redis://localhost'],
    ['STRIPE_SECRET_KEY', 'pk_test_1'],
    ['AUTH_SECRET', 'short'],
    ['ENCRYPTION_KEYS', 'k1:short'],
    ['SESSION_MAX_AGE', 'forever'],
    ['SESSION_MAX_AGE', '0d'],
    ['SMTP_URL', 'mail.example.com'],
    ['LOG_LEVEL', 'loud'],
    ['TILLWIRE_ALLOW', 'everything'],
  ])('refuses %s=%s, naming the variable and what is allowed', (variable, value) => {
    const problems = problemsOf({ [variable]: value })
    expect(problems.map((problem) => problem.variable)).toEqual([variable])
    expect(problems[0]?.allowed).not.toBe('')
  })

  it('tells everything that is wrong at once', () => {
    expect(problemsOf({ WEB_PORT: 'x', LOG_LEVEL: 'y' }).map((problem) => problem.variable)).toEqual([
      'WEB_PORT',
      'LOG_LEVEL',
    ])
  })

  it('never shows a secret', () => {
    const secrets = {
      STRIPE_SECRET_KEY: 'hunter2',
      AUTH_SECRET: 'hunter2',
      ENCRYPTION_KEYS: 'hunter2',
      SMTP_URL: 'http://user:hunter2@x',
    }
    expect(problemsOf(secrets)).toHaveLength(4)
    expect(JSON.stringify(problemsOf(secrets))).not.toContain('hunter2')
  })
})

describe('production', () => {
  it('runs with secrets of its own, https, and real services', () => {
    expect(read(PRODUCTION)).toMatchObject({
      mode: 'production',
      host: '0.0.0.0',
      demo: null,
      allowedOrigins: ['https://app.example.com', 'https://api.example.com'],
      stripe: { livemode: true, webhookSecrets: ['whsec_1', 'whsec_2'], emulatorPort: null },
    })
  })

  it.each([
    ['STRIPE_SECRET_KEY', 'emulators'],
    ['OPENAI_API_KEY', 'emulators'],
    ['AUTH_SECRET', 'generated-secrets'],
    ['ENCRYPTION_KEYS', 'generated-secrets'],
    ['WEB_ORIGIN', 'http-origins'],
    ['SERVER_ORIGIN', 'http-origins'],
  ])('refuses to go without %s unless %s is allowed', (variable, allowance) => {
    const { [variable as keyof typeof PRODUCTION]: _, ...without } = PRODUCTION
    expect(problemsOf(without).map((problem) => problem.variable)).toEqual([variable])
    expect(problemsOf({ ...without, TILLWIRE_ALLOW: allowance })).toEqual([])
  })
})
