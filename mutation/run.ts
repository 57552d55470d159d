/** `npm run mutation [-- PART]`: breaks the decisions of a part one at a time, and counts what its tests notice. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Part, parts } from './parts.ts'
import { listedSurvivors, type Report, readReport, rowOf, without } from './report.ts'

const MINIMUM_SCORE = 85
const PAGE = 'docs/mutation.md'
/** Not in git: the sandbox, and the results that the next run goes on from. */
const WORK = '.stryker'

const HERE = import.meta.dirname
process.chdir(resolve(HERE, '..'))

const asked = process.argv.slice(2)
const known = parts.map(({ name }) => name)
const unknown = asked.find((name) => !known.includes(name))
if (unknown !== undefined) {
  console.error(`"${unknown}" is no part. Usage: npm run mutation [-- PART], where PART is one of: ${known.join(', ')}`)
  process.exit(2)
}
installStryker()
const chosen = parts.filter(({ name }) => asked.length === 0 || asked.includes(name))
const good = chosen.map((part) => tell(part.name, mutate(part)))
process.exit(good.every(Boolean) ? 0 : 1)

/** Stryker is no dependency of the project: it comes when it is first asked for. */
function installStryker(): void {
  const installed = join(HERE, 'node_modules/.package-lock.json')
  const lockfile = join(HERE, 'package-lock.json')
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lockfile).mtimeMs) return
  execFileSync('npm', ['ci', '--prefix', HERE, '--ignore-scripts'], { cwd: HERE, stdio: 'inherit' })
}

function mutate(part: Part): { report: Report; seconds: number } {
  const config = `${WORK}/${part.name}.config.json`
  mkdirSync(WORK, { recursive: true })
  writeFileSync(config, JSON.stringify(strykerOptions(part)))
  const stryker = join(HERE, 'node_modules/@stryker-mutator/core/bin/stryker.js')
  const env = { ...process.env, ...part.environment, MUTATION_PART: part.name }
  const start = performance.now()
  const { status } = spawnSync(process.execPath, [stryker, 'run', config], { stdio: 'inherit', env })
  if (status !== 0) process.exit(1)
  return {
    report: JSON.parse(readFileSync(reportOf(part.name), 'utf8')),
    seconds: Math.round((performance.now() - start) / 1_000),
  }
}

function strykerOptions({ name, mutate }: Part): object {
  return {
    mutate,
    testRunner: 'vitest',
    vitest: { configFile: 'mutation/vitest.config.ts', related: false },
    coverageAnalysis: 'perTest',
    plugins: ['@stryker-mutator/vitest-runner', './mutation/texts.ts'],
    ignorers: ['texts'],
    // Only these are copied to the sandbox.
    ignorePatterns: [
      '**',
      '!package.json',
      '!packages',
      '!packages/tillwire',
      '!packages/tillwire/**',
      '!mutation',
      '!mutation/*.ts',
    ],
    tempDirName: `${WORK}/${name}.sandbox`,
    incremental: true,
    incrementalFile: `${WORK}/${name}.incremental.json`,
    concurrency: 1,
    reporters: ['json', 'progress-append-only'],
    jsonReporter: { fileName: reportOf(name) },
    logLevel: 'warn',
    allowConsoleColors: false,
    warnings: { slow: false },
  }
}

/** Prints the figures, the survivors that the page does not explain, and what it explains in vain. */
function tell(name: string, { report, seconds }: { report: Report; seconds: number }): boolean {
  const { killed, survivors } = readReport(report)
  const listed = listedSurvivors(readFileSync(PAGE, 'utf8'), name)
  const missing = without(survivors, listed)
  const score = (100 * killed) / (killed + survivors.length)
  console.log(`| ${name} | ${killed} | ${survivors.length} | ${score.toFixed(1)} % | ${seconds} s |`)
  if (score < MINIMUM_SCORE) console.log(`Fewer than ${MINIMUM_SCORE} % were killed.`)
  if (missing.length > 0) console.log(`Survivors that ${PAGE} gives no reason for:\n${missing.map(rowOf).join('\n')}`)
  const gone = without(listed, survivors)
  if (gone.length > 0) console.log(`Listed there, and no longer survivors:\n${gone.map(rowOf).join('\n')}`)
  return score >= MINIMUM_SCORE && missing.length === 0 && gone.length === 0
}

function reportOf(name: string): string {
  return `${WORK}/${name}.json`
}
