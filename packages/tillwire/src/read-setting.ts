import { type Duration, milliseconds, TillwireError } from './core/index.ts'
import { type EncryptionKeys, parseEncryptionKeys } from './store/index.ts'

const MINIMUM_SECRET_LENGTH = 32

export type Environment = Readonly<Record<string, string | undefined>>

/** What production refuses unless `TILLWIRE_ALLOW` names it. */
export const ALLOWANCES = ['emulators', 'generated-secrets', 'http-origins', 'manual-grants', 'debug-routes'] as const
export type Allowance = (typeof ALLOWANCES)[number]

/** One setting that cannot be used. The value is shown only where it is no secret. */
export interface SettingProblem {
  readonly variable: string
  readonly problem: string
  readonly allowed: string
}

/** One or more settings are wrong; the message lists each with what is allowed. */
export class InvalidSettings extends TillwireError {
  static override readonly code = 'invalid_settings'
  constructor(problems: readonly SettingProblem[]) {
    super(
      InvalidSettings.code,
      problems.map(({ variable, problem, allowed }) => `${variable}: ${problem}. Allowed: ${allowed}.`).join('\n'),
      { details: { problems } },
    )
  }
}

/** The items of a comma-separated value; null when it is missing or has none. */
export function listOf(value: string | undefined): string[] | null {
  const items = (value ?? '').split(',').map((item) => item.trim())
  return items.some(Boolean) ? items.filter(Boolean) : null
}

/** Readers of single settings: each returns a usable value and adds what is wrong to `problems`. */
export function settingReader(env: Environment, problems: SettingProblem[]) {
  const report = (variable: string, problem: string, allowed: string) =>
    void problems.push({ variable, problem, allowed })
  const url = (variable: string): URL | null => {
    const value = env[variable]
    return value && URL.canParse(value) ? new URL(value) : null
  }
  return {
    oneOf<T extends string>(variable: string, values: readonly T[], fallback: T): T {
      const value = env[variable] || fallback
      if ((values as readonly string[]).includes(value)) return value as T
      report(variable, `"${value}" is not known`, values.join(', '))
      return fallback
    },
    port(variable: string, fallback: number): number {
      const text = env[variable] || String(fallback)
      const value = /^\d{1,5}$/.test(text) ? Number(text) : 0
      if (value >= 1 && value <= 65_535) return value
      report(variable, `"${text}" is not a port`, 'a whole number from 1 to 65535')
      return fallback
    },
    origin(variable: string, fallback: string): string {
      if (!env[variable]) return fallback
      const parsed = url(variable)
      if (parsed && /^https?:$/.test(parsed.protocol) && `${parsed.pathname}${parsed.search}${parsed.hash}` === '/')
        return parsed.origin
      report(
        variable,
        `"${env[variable]}" is not an origin`,
        'scheme, host and port only, as in https://app.example.com',
      )
      return fallback
    },
    /** The value may hold a password, so it is not shown. */
    url(variable: string, protocols: readonly string[]): string | null {
      if (!env[variable]) return null
      const parsed = url(variable)
      if (parsed && protocols.includes(parsed.protocol)) return env[variable]?.replace(/\/+$/, '') ?? null
      report(
        variable,
        'it is not an address of the right kind',
        protocols.map((protocol) => `${protocol}//...`).join(' or '),
      )
      return null
    },
    duration(variable: string, fallback: Duration, { least, most }: { least: Duration; most: Duration }): Duration {
      const value = (env[variable] || fallback) as Duration
      try {
        const length = milliseconds(value)
        if (length >= milliseconds(least) && length <= milliseconds(most)) return value
      } catch {
        // reported below, in the words of a setting
      }
      const allowed = `a whole number and ms, s, m, h or d, as in 7d, from ${least} to ${most}`
      report(variable, `"${value}" is not a length of time that it can have`, allowed)
      return fallback
    },
    secret(variable: string): string | null {
      const value = env[variable]
      if (!value) return null
      if (value.length < MINIMUM_SECRET_LENGTH)
        report(variable, 'it is too short', `at least ${MINIMUM_SECRET_LENGTH} characters`)
      return value
    },
    keys(variable: string): EncryptionKeys | null {
      const value = env[variable]
      if (!value) return null
      try {
        return parseEncryptionKeys(value)
      } catch {
        report(variable, 'it cannot be read as keys', 'keyId:base64key[,keyId:base64key...], each key of 32 bytes')
        return null
      }
    },
    stripeKey(variable: string): string | null {
      const value = env[variable]
      if (!value) return null
      if (!/^(sk|rk)_(test|live)_/.test(value))
        report(variable, 'it is not a secret key of Stripe', 'sk_test_..., sk_live_... or a restricted key rk_...')
      return value
    },
    absent(variable: string, why: string, allowed: string): void {
      if (env[variable]) report(variable, why, allowed)
    },
    allowances(): ReadonlySet<Allowance> {
      const names = listOf(env.TILLWIRE_ALLOW) ?? []
      const unknown = names.filter((name) => !(ALLOWANCES as readonly string[]).includes(name))
      if (unknown.length > 0) report('TILLWIRE_ALLOW', `"${unknown.join(', ')}" is not known`, ALLOWANCES.join(', '))
      return new Set(names as Allowance[])
    },
  }
}
