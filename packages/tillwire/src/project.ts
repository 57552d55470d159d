import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { defineConfig, type TillwireConfig } from './config.ts'

const CONFIG_FILE = 'tillwire.config.ts'

/**
 * The project's folder: `TILLWIRE_ROOT`, else the nearest folder at or above `from` with a
 * `tillwire.config.ts`, else `from` itself. Relative paths in settings start there.
 */
export function projectRoot(
  env: Readonly<Record<string, string | undefined>> = process.env,
  from = process.cwd(),
): string {
  if (env.TILLWIRE_ROOT) return resolve(env.TILLWIRE_ROOT)
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, CONFIG_FILE))) return folder
    if (dirname(folder) === folder) return from
  }
}

/** The default export of the project's `tillwire.config.ts`; the default configuration where there is none. */
export async function loadConfig(root = projectRoot()): Promise<TillwireConfig> {
  const file = join(root, CONFIG_FILE)
  if (!existsSync(file)) return defineConfig()
  const module: { default?: TillwireConfig } = await import(
    /* webpackIgnore: true */ /* turbopackIgnore: true */ pathToFileURL(file).href
  )
  return defineConfig(module.default)
}
