import { silentLogger } from '../../core/index.ts'
import { DEMO_EMAIL, readSettings, type Settings } from '../../settings.ts'
import { createTillwire } from '../../tillwire.ts'
import { WrongUse } from '../errors.ts'
import type { Output } from '../output.ts'
import type { Part } from '../supervisor/programs.ts'
import { supervise } from '../supervisor/supervise.ts'
import { tellUpgrades } from '../with-tillwire.ts'

/** `tillwire start [web|server]`: runs until it is told to end; resolves with the exit code. */
export async function start(output: Output, part?: string): Promise<number> {
  if (part !== undefined && part !== 'web' && part !== 'server')
    throw new WrongUse(`"${part}" cannot be started: use web or server.`)
  const settings = readSettings()
  if (settings.databaseUrl === 'memory:') {
    throw new WrongUse('DATABASE_URL: memory: cannot be shared by two processes. Allowed: file:PATH.')
  }
  return await supervise(settings, {
    part: part as Part | undefined,
    say: (line) => output.error(line),
    prepare: () => prepare(settings, (line) => output.error(line)),
    serving: () => output.line(banner(settings, part as Part | undefined)),
  })
}

/** Migrates before other processes open the file, and makes local mode's demo user once. */
async function prepare(settings: Settings, say: (line: string) => void): Promise<void> {
  const onUpgrade = tellUpgrades(say)
  await using tillwire = await createTillwire(undefined, { logger: silentLogger, migrate: true, onUpgrade })
  if (!settings.demo || (await tillwire.findUser(DEMO_EMAIL))) return
  const { name, email, password } = { name: 'Demo', ...settings.demo }
  try {
    const { user } = await tillwire.auth.api.signUpEmail({ body: { name, email, password } })
    // Signing up signs in: nobody holds that session.
    await tillwire.sessions.revokeAll(user.id)
  } catch (error) {
    // Another part of the program was started at the same moment, and made the user.
    if (!(await tillwire.findUser(DEMO_EMAIL))) throw error
  }
}

function banner(settings: Settings, part?: Part): string {
  const { stripe, model } = settings
  const lines = ['']
  if (part !== 'server') lines.push(`Tillwire    ${settings.webOrigin}`)
  if (part !== 'web') lines.push(`Server      ${settings.serverOrigin}`)
  if (!part) {
    lines.push(
      `Stripe      ${stripe.emulatorPort === null ? (stripe.apiBase ?? 'api.stripe.com') : `emulator, http://localhost:${stripe.emulatorPort}`}`,
    )
    lines.push(
      `Model       ${model.emulatorPort === null ? (model.baseUrl ?? 'api.openai.com') : `emulator, http://localhost:${model.emulatorPort}`}`,
    )
  }
  lines.push(`Data        ${settings.databaseUrl}`)
  if (settings.demo && part !== 'server')
    lines.push(`Demo sign-in: ${settings.demo.email}  password: ${settings.demo.password}`)
  if (stripe.emulatorPort !== null && part !== 'server')
    lines.push('Test card   on the top of each page; any later date, any CVC')
  return `${lines.join('\n')}\n`
}
