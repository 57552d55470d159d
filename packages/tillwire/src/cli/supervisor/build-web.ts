import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TillwireError } from '../../core/index.ts'

/** What the pages are built from: a change in any of it, or in the Node that builds, asks for a new build. */
const SOURCES = [
  'apps/web',
  'packages/tillwire/src',
  'packages/tillwire/package.json',
  'packages/client',
  'package.json',
  'package-lock.json',
  'tsconfig.base.json',
]
const NOT_SOURCES = new Set(['node_modules', '.next', 'next-env.d.ts', 'README.md'])
const STAMP = 'apps/web/.next/tillwire-build'
/** What Next writes last: without it there is no build, whatever its exit code said. */
const BUILD_ID = 'apps/web/.next/BUILD_ID'

export class WebBuildFailed extends TillwireError {
  static override readonly code = 'web_build_failed'
  constructor(code: number | null) {
    super(WebBuildFailed.code, `The web app did not build (exit code ${code}): its messages are above.`)
  }
}

/** Builds the web app unless its sources, lockfile and build settings are those of the last build. */
export async function buildWeb(root: string, say: (line: string) => void, signal: AbortSignal): Promise<void> {
  const hash = sourcesHash(root)
  const stamp = join(root, STAMP)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return
  say('Building the web app (once; the next start skips this) ...')
  const started = performance.now()
  await run(root, signal)
  if (signal.aborted) return
  writeFileSync(stamp, hash)
  say(`Built in ${Math.round((performance.now() - started) / 1000)} s.`)
}

/** A hash of every file that the build reads, by path and content. */
export function sourcesHash(root: string): string {
  const hash = createHash('sha256').update(process.version)
  const add = (path: string) => {
    const whole = join(root, path)
    if (!existsSync(whole)) return
    hash.update(`\0${path}\0`).update(readFileSync(whole))
  }
  const walk = (path: string) => {
    for (const entry of readdirSync(join(root, path), { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      if (NOT_SOURCES.has(entry.name) || entry.name.includes('.test.') || entry.name.endsWith('.tsbuildinfo')) continue
      if (entry.isDirectory()) walk(join(path, entry.name))
      else if (entry.isFile()) add(join(path, entry.name))
    }
  }
  for (const source of SOURCES) {
    if (/\.[a-z]+$/.test(source)) add(source)
    else walk(source)
  }
  return hash.digest('hex')
}

function run(root: string, signal: AbortSignal): Promise<void> {
  return new Promise((done, fail) => {
    const next = join(root, 'node_modules/next/dist/bin/next')
    // The IPC channel is there only to close when this process dies, which ends the build as well.
    const child = spawn(
      process.execPath,
      ['--import', join(root, 'scripts/end-with-parent.mjs'), next, 'build', 'apps/web'],
      {
        cwd: root,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' },
      },
    )
    const output: Buffer[] = []
    child.stdout?.on('data', (chunk: Buffer) => output.push(chunk))
    child.stderr?.on('data', (chunk: Buffer) => output.push(chunk))
    const stop = () => child.kill('SIGTERM')
    signal.addEventListener('abort', stop)
    child.once('error', fail)
    child.once('exit', (code) => {
      signal.removeEventListener('abort', stop)
      const built = code === 0 && existsSync(join(root, BUILD_ID))
      if (built || signal.aborted) return done()
      process.stderr.write(Buffer.concat(output))
      fail(new WebBuildFailed(code))
    })
  })
}
