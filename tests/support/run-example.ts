import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../tidy/repository.ts'

const LIMIT_MS = 30_000

/** The first TypeScript example of a document of the repository. */
export function exampleOf(document: string): string {
  const example = readFileSync(join(root, document), 'utf8').split('```ts\n')[1]?.split('```')[0]
  if (!example) throw new Error(`${document} has no example`)
  return example
}

/**
 * Runs that example as a program of its own, and returns what it printed. It goes in by standard input, for a
 * command line is for all to see.
 */
export async function runExample(document: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const running = promisify(execFile)(process.execPath, ['--input-type=module-typescript', '-'], {
    cwd: root,
    timeout: LIMIT_MS,
    env: { ...process.env, LOG_LEVEL: 'silent', ...env },
  })
  running.child.stdin?.end(exampleOf(document))
  return (await running).stdout
}
