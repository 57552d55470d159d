import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { root } from '../tidy/repository.ts'
import { keepLog } from './evidence.ts'

/** Runs `npx tillwire` in the repository, and waits for its end. */
export function tillwireCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): SpawnSyncReturns<string> {
  const ran = spawnSync('npx', ['tillwire', ...args], { cwd: root, env: { ...process.env, ...env }, encoding: 'utf8' })
  keepLog('tillwire', ran.stdout + ran.stderr)
  return ran
}
