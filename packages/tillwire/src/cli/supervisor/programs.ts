import { join } from 'node:path'
import type { Settings } from '../../settings.ts'
import type { Program } from './child.ts'

/** Which of the two halves to start alone; both, with the emulators they need, when left out. */
export type Part = 'web' | 'server'

/** A program with the port that it takes and the setting that moves it. */
export interface PlannedProgram extends Program {
  readonly port: number
  readonly host: string
  readonly variable: string
}

/** What runs under these settings. */
export function planPrograms(settings: Settings, part?: Part): PlannedProgram[] {
  const { root, host, stripe, model } = settings
  // What children must agree on even when it was made up at the start (DATA_DIR follows DATABASE_URL).
  const shared = { TILLWIRE_ROOT: root, DATA_DIR: settings.dataDir, DATABASE_URL: settings.databaseUrl, HOST: host }
  const programs: PlannedProgram[] = []
  if (!part && stripe.emulatorPort !== null) {
    programs.push({
      name: 'stripe-emulator',
      args: [join(root, 'packages/stripe-emulator/bin/stripe-emulator.ts')],
      env: {
        ...shared,
        HOST: '127.0.0.1',
        STRIPE_WEBHOOK_SECRET: stripe.webhookSecrets[0] ?? '',
        STRIPE_EMULATOR_WEBHOOK_URLS: `http://127.0.0.1:${settings.serverPort}/webhooks/stripe`,
      },
      port: stripe.emulatorPort,
      host: '127.0.0.1',
      variable: 'STRIPE_EMULATOR_PORT',
    })
  }
  if (!part && model.emulatorPort !== null) {
    programs.push({
      name: 'model-emulator',
      args: [join(root, 'packages/model-emulator/bin/model-emulator.ts')],
      env: { ...shared, HOST: '127.0.0.1' },
      port: model.emulatorPort,
      host: '127.0.0.1',
      variable: 'MODEL_EMULATOR_PORT',
    })
  }
  if (part !== 'web') {
    programs.push({
      name: 'server',
      args: [join(root, 'apps/server/src/main.ts')],
      env: shared,
      port: settings.serverPort,
      host,
      variable: 'SERVER_PORT',
    })
  }
  if (part !== 'server') {
    programs.push({
      name: 'web',
      args: [
        '--import',
        join(root, 'scripts/end-with-parent.mjs'),
        join(root, 'node_modules/next/dist/bin/next'),
        'start',
        'apps/web',
        '-p',
        String(settings.webPort),
        '-H',
        host,
      ],
      env: { ...shared, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
      port: settings.webPort,
      host,
      variable: 'WEB_PORT',
      readyUrl: `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${settings.webPort}/sign-in`,
    })
  }
  return programs
}
