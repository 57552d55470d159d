import 'server-only'
import {
  createLogger,
  createTillwire,
  type Logger,
  loadConfig,
  readSettings,
  type Settings,
  type Tillwire,
} from 'tillwire'

// A module can load twice in one Next process; what is opened once a process is kept beside them.
const REGISTRY = Symbol.for('tillwire.web')
interface Registry {
  opened?: Promise<Tillwire>
  settings?: Settings
  logger?: Logger
}
const shared = globalThis as { [REGISTRY]?: Registry }
shared[REGISTRY] ??= {}
const registry = shared[REGISTRY]

/** The process's Tillwire, opened by the first request that needs it. One that failed to open is tried again. */
export function tillwire(): Promise<Tillwire> {
  registry.opened ??= open().catch((cause: unknown) => {
    delete registry.opened
    throw cause
  })
  return registry.opened
}

async function open(): Promise<Tillwire> {
  return createTillwire(await loadConfig(), { logger: logger() })
}

/** What the environment says, read by the first request. */
export function settings(): Settings {
  registry.settings ??= readSettings()
  return registry.settings
}

/** Where this process's log lines go. */
export function logger(): Logger {
  registry.logger ??= createLogger(settings(), 'web')
  return registry.logger
}
