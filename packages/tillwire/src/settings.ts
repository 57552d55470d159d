import { dirname, resolve } from 'node:path'
import type { Duration } from './core/index.ts'
import { projectRoot } from './project.ts'
import {
  type Allowance,
  type Environment,
  InvalidSettings,
  listOf,
  type SettingProblem,
  settingReader,
} from './read-setting.ts'
import { type LocalSecrets, localSecrets, passingSecrets } from './secrets.ts'
import { databaseFileProblem, type EncryptionKeys, parseEncryptionKeys, prepareFolder } from './store/index.ts'

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/** What the environment says, checked. Secrets are in it: do not log it. */
export interface Settings {
  readonly mode: 'local' | 'production'
  readonly root: string
  readonly databaseUrl: string
  readonly dataDir: string
  readonly host: string
  readonly webPort: number
  readonly serverPort: number
  readonly webOrigin: string
  readonly serverOrigin: string
  /** Origins that a browser may open a socket from. */
  readonly allowedOrigins: readonly string[]
  readonly cookieDomain: string | null
  readonly authSecret: string
  readonly encryptionKeys: EncryptionKeys
  readonly sessionMaxAge: Duration
  readonly stripe: {
    readonly secretKey: string
    readonly webhookSecrets: readonly string[]
    readonly apiBase: string | null
    readonly livemode: boolean
    /** The port of our emulator; null when a real key or an address is given. */
    readonly emulatorPort: number | null
  }
  readonly model: { readonly apiKey: string; readonly baseUrl: string | null; readonly emulatorPort: number | null }
  readonly smtpUrl: string | null
  readonly logLevel: (typeof LOG_LEVELS)[number]
  /** Local mode's demo user; null in production. */
  readonly demo: { readonly email: string; readonly password: string } | null
  readonly allowed: ReadonlySet<Allowance>
}

/** Cookies count in seconds, and browsers and Better Auth take none that lives longer than 400 days. */
const SESSION_MAX_AGE = { least: '1s', most: '400d' } as const
export const DEMO_EMAIL = 'demo@tillwire.local'

/**
 * Reads every setting and reports all that are wrong at once. Makes `secrets.json` in local mode
 * when it needs one.
 * @throws InvalidSettings
 */
export function readSettings(env: Environment = process.env): Settings {
  const problems: SettingProblem[] = []
  const read = settingReader(env, problems)
  const root = projectRoot(env)

  const mode = read.oneOf('TILLWIRE_MODE', ['local', 'production'] as const, 'local')
  const local = mode === 'local'
  const allowed = read.allowances()
  const webPort = read.port('WEB_PORT', 3000)
  const serverPort = read.port('SERVER_PORT', 3001)
  const stripePort = read.port('STRIPE_EMULATOR_PORT', 4242)
  const modelPort = read.port('MODEL_EMULATOR_PORT', 4010)
  const webOrigin = read.origin('WEB_ORIGIN', `http://localhost:${webPort}`)
  const serverOrigin = read.origin('SERVER_ORIGIN', `http://localhost:${serverPort}`)
  const { databaseUrl, dataDir } = databaseOf(env, root, problems)
  read.absent('REDIS_URL', 'this version runs one server process', 'leave it out')

  const refuse = (what: Allowance, variable: string, problem: string, fix: string) => {
    if (local || allowed.has(what)) return
    problems.push({ variable, problem, allowed: `${fix}, or TILLWIRE_ALLOW=${what}` })
  }
  for (const [variable, origin] of Object.entries({ WEB_ORIGIN: webOrigin, SERVER_ORIGIN: serverOrigin })) {
    if (origin.startsWith('http://'))
      refuse('http-origins', variable, `${origin} is not https in production`, 'an https:// origin')
  }

  const stripeEmulated = !env.STRIPE_SECRET_KEY && !env.STRIPE_API_BASE
  const modelEmulated = !env.OPENAI_API_KEY && !env.OPENAI_BASE_URL
  if (stripeEmulated)
    refuse(
      'emulators',
      'STRIPE_SECRET_KEY',
      'it is missing, and production starts no Stripe emulator',
      'a key from Stripe',
    )
  if (modelEmulated)
    refuse('emulators', 'OPENAI_API_KEY', 'it is missing, and production starts no model emulator', 'a key from OpenAI')

  for (const variable of ['AUTH_SECRET', 'ENCRYPTION_KEYS'] as const) {
    if (!env[variable])
      refuse('generated-secrets', variable, 'it is missing, and production makes no secrets', 'a secret of your own')
  }
  const needsSecrets =
    local || !env.AUTH_SECRET || !env.ENCRYPTION_KEYS || (stripeEmulated && !env.STRIPE_WEBHOOK_SECRET)
  const authSecret = read.secret('AUTH_SECRET')
  const givenKeys = read.keys('ENCRYPTION_KEYS')
  const smtpUrl = read.url('SMTP_URL', ['smtp:', 'smtps:'])
  const settings = {
    mode,
    root,
    databaseUrl,
    dataDir,
    host: env.HOST || (local ? '127.0.0.1' : '0.0.0.0'),
    webPort,
    serverPort,
    webOrigin,
    serverOrigin,
    allowedOrigins: [
      ...new Set([webOrigin, serverOrigin].flatMap((origin) => (local ? loopbackNames(origin) : [origin]))),
    ],
    cookieDomain: env.COOKIE_DOMAIN || null,
    sessionMaxAge: read.duration('SESSION_MAX_AGE', '7d', SESSION_MAX_AGE),
    smtpUrl,
    logLevel: read.oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
    allowed,
  }
  const stripeBase = read.url('STRIPE_API_BASE', ['http:', 'https:'])
  const modelBase = read.url('OPENAI_BASE_URL', ['http:', 'https:'])
  const stripeKey = read.stripeKey('STRIPE_SECRET_KEY')
  if (problems.length > 0) throw new InvalidSettings(problems)

  const secrets = needsSecrets ? secretsOf(databaseUrl, dataDir) : null
  return {
    ...settings,
    authSecret: authSecret ?? required(secrets).authSecret,
    encryptionKeys: givenKeys ?? parseEncryptionKeys(required(secrets).encryptionKeys),
    stripe: {
      secretKey: stripeKey ?? 'sk_test_tillwire_emulator',
      webhookSecrets:
        listOf(env.STRIPE_WEBHOOK_SECRET) ?? (stripeEmulated ? [required(secrets).stripeWebhookSecret] : []),
      apiBase: stripeEmulated ? `http://127.0.0.1:${stripePort}` : stripeBase,
      livemode: /^(sk|rk)_live_/.test(stripeKey ?? ''),
      emulatorPort: stripeEmulated ? stripePort : null,
    },
    model: {
      apiKey: env.OPENAI_API_KEY || 'sk-tillwire-emulator',
      baseUrl: modelEmulated ? `http://127.0.0.1:${modelPort}/v1` : modelBase,
      emulatorPort: modelEmulated ? modelPort : null,
    },
    demo: local ? { email: DEMO_EMAIL, password: required(secrets).demoPassword } : null,
  }
}

// One set of secrets a process for stores that live in memory: every reading of the settings must agree.
let secretsInMemory: LocalSecrets | undefined
function secretsOf(databaseUrl: string, dataDir: string): LocalSecrets {
  if (databaseUrl !== 'memory:') return localSecrets(dataDir)
  secretsInMemory ??= passingSecrets()
  return secretsInMemory
}

function required(secrets: LocalSecrets | null): LocalSecrets {
  if (!secrets)
    throw new InvalidSettings([{ variable: 'AUTH_SECRET', problem: 'it is missing', allowed: 'a secret of your own' }])
  return secrets
}

function databaseOf(
  env: Environment,
  root: string,
  problems: SettingProblem[],
): { databaseUrl: string; dataDir: string } {
  const given = env.DATA_DIR ? resolve(root, env.DATA_DIR) : null
  const report = (variable: string, problem: string | null, allowed: string) =>
    problem === null || problems.push({ variable, problem, allowed })
  const folderProblem = given === null ? null : prepareFolder(given)
  report('DATA_DIR', folderProblem, 'a folder that can be written to')
  const url = env.DATABASE_URL || `file:${given ?? resolve(root, 'data')}/tillwire.db`
  if (url === 'memory:') return { databaseUrl: url, dataDir: given ?? resolve(root, 'data') }
  if (!/^file:.+/.test(url)) {
    const scheme = /^[a-z+]+:/i.exec(url)?.[0] ?? 'a value without a scheme'
    report('DATABASE_URL', `${scheme} is not supported by this version`, 'file:PATH or memory:')
  }
  const path = url.replace(/^file:(\/\/(?=\/))?/, '')
  const file = resolve(root, path)
  // In a folder of DATA_DIR that is of no use the file is neither: once told is enough.
  if (url.startsWith('file:') && (env.DATABASE_URL || folderProblem === null))
    report(
      'DATABASE_URL',
      /[/\\]$/.test(path) ? `"${path}" names a folder` : databaseFileProblem(file),
      'file:PATH of a file that can be written to',
    )
  return { databaseUrl: `file:${file}`, dataDir: given ?? dirname(file) }
}

/** localhost and 127.0.0.1 are one machine, and people type both. */
function loopbackNames(origin: string): string[] {
  const swapped = origin.includes('//localhost')
    ? origin.replace('//localhost', '//127.0.0.1')
    : origin.replace('//127.0.0.1', '//localhost')
  return [origin, swapped]
}
