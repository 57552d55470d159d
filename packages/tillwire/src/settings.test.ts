import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { tillwireCommand } from '../../../tests/support/tillwire-command.ts'
import { InvalidSettings } from './read-setting.ts'
import { InvalidSecretsFile, localSecrets } from './secrets.ts'
import { readSettings } from './settings.ts'
import { databaseFileProblem } from './store/index.ts'

const NOBODY = 65_534

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

/** Places where no database can be: the file, what makes them where that is needed, and what is said of them. */
const UNUSABLE: [place: string, file: string, make: ((at: string) => void) | null, said: RegExp][] = [
  ['a folder', 'folder.db', (at) => mkdirSync(join(at, 'folder.db')), /is a folder/],
  ['the name of a folder', 'somewhere/', null, /names a folder/],
  ['a path below a file', 'file/x.db', (at) => writeFileSync(join(at, 'file'), 'x'), /is not a folder/],
  ['a text', 'text.db', (at) => writeFileSync(join(at, 'text.db'), 'hello'.repeat(99)), /is not a database/],
  ['a pipe', 'pipe', (at) => execFileSync('mkfifo', [join(at, 'pipe')]), /not an ordinary file/],
  ['a device', '/dev/full', null, /not an ordinary file/],
  ['a circle of links', 'circle/x.db', (at) => symlinkSync('circle', join(at, 'circle')), /circle/],
  ['a link to nothing', 'link.db', (at) => symlinkSync('gone.db', join(at, 'link.db')), /a link to "gone\.db", which/],
  ['a link to where nothing can be', 'proc.db', (at) => symlinkSync('/proc/nope/x', join(at, 'proc.db')), /a link to/],
  ['below a link to nothing', 'link/x.db', (at) => symlinkSync('/proc/nope', join(at, 'link')), /link" is a link to/],
  ['a name that is too long', 'x'.repeat(300), null, /too long/],
  ['a file system that keeps no files', '/proc/nope/x.db', null, /"\/proc/],
  ['a folder of it', '/proc/x.db', null, /"\/proc/],
]
/** Those whose folder is what is wrong. */
const FOLDERS = new Set([
  'a path below a file',
  'a circle of links',
  'below a link to nothing',
  'a file system that keeps no files',
])

describe('a place that cannot be used', () => {
  const placeOf = (file: string) => (file.startsWith('/') ? file : `${root}/${file}`)

  it.each(UNUSABLE)('is named at once, with the variable: %s', (_, file, make, said) => {
    make?.(root)
    expect(problemsOf({ DATABASE_URL: `file:${placeOf(file)}` })).toMatchObject([
      { variable: 'DATABASE_URL', problem: expect.stringMatching(said) },
    ])
  })

  it.each(UNUSABLE.filter(([place]) => FOLDERS.has(place)))(
    'is named as the folder of data: %s',
    (_, file, make, said) => {
      make?.(root)
      expect(problemsOf({ DATA_DIR: dirname(placeOf(file)) })).toMatchObject([
        { variable: 'DATA_DIR', problem: expect.stringMatching(said) },
      ])
    },
  )

  it('is named by npm start, which ends', async () => {
    const { status, stderr } = await tillwireCommand(['start'], { DATABASE_URL: 'file:/proc/nope/x.db', DATA_DIR: '' })
    expect(stderr).toMatch(/DATABASE_URL: "\/proc/)
    expect(status).toBe(1)
  })

  it('is a folder, or a file, without the right to write', () => {
    const folder = join(root, 'locked')
    mkdirSync(folder, { mode: 0o500 })
    // Root may write anywhere: somebody else looks for it.
    const isRoot = process.getuid?.() === 0
    chmodSync(root, 0o755)
    if (isRoot) process.seteuid?.(NOBODY)
    try {
      expect(databaseFileProblem(join(folder, 'x.db'))).toMatch(/no right to write/)
    } finally {
      if (isRoot) process.seteuid?.(0)
    }
  })

  it('is left as it was, and a place that can be used is made', () => {
    read({ DATABASE_URL: `file:${root}/a/b/c.db`, DATA_DIR: `${root}/d/e` })
    expect(readdirSync(join(root, 'a/b'))).toEqual([])
    expect(readdirSync(join(root, 'd/e'))).toEqual(['secrets.json'])
  })
})

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
    ['SESSION_MAX_AGE', '999ms'],
    ['SESSION_MAX_AGE', '401d'],
    ['SESSION_MAX_AGE', '99999999d'],
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
