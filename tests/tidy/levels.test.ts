import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { repositoryFiles, root } from './repository.ts'

/** Which folder of packages/tillwire/src stands on which level; imports go to lower levels only. */
const LEVELS: Readonly<Record<string, number>> = {
  core: 0,
  protocol: 0,
  store: 1,
  workflow: 2,
  sessions: 2,
  sockets: 2,
  credits: 2,
  commerce: 3,
  answers: 3,
  cli: 4,
}
/** The files beside the folders: they wire the parts, and the command stands on them. */
const ROOT_LEVEL = 4
const SOURCE = 'packages/tillwire/src'

const sources = repositoryFiles().filter((file) => /\.(ts|tsx|mjs)$/.test(file))
const isTest = (file: string) => /\.test\.tsx?$|\/(conformance|testing|test|tests)\//.test(file)

/** Every module that a file imports: as written. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s+['"]([^'"]+)['"]|(?:^|\n)\s*import\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]/g
  return [...text.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? '')
}

function folderOf(file: string): string | null {
  const parts = relative(SOURCE, file).split('/')
  return parts.length > 1 ? (parts[0] ?? null) : null
}

/** What breaks the rule of levels in one import, or null. */
function borderProblem(file: string, imported: string): string | null {
  if (!imported.startsWith('.')) return null
  const target = join(dirname(file), imported)
  if (!target.startsWith(`${SOURCE}/`)) return `${file} reaches out of its package: ${imported}`
  const from = folderOf(file)
  const to = folderOf(target)
  if (from === to || from === null) return null
  const fromLevel = LEVELS[from]
  if (fromLevel === undefined) return `${file}: folder ${from} has no level`
  const toLevel = to === null ? ROOT_LEVEL : (LEVELS[to] ?? Number.NaN)
  if (to === null && from === 'cli') return null
  if (!(toLevel < fromLevel)) return `${file} (level ${fromLevel}) imports ${imported} (level ${toLevel})`
  return null
}

describe('borders', () => {
  it('sees an import that goes up or sideways', () => {
    expect(borderProblem(`${SOURCE}/credits/index.ts`, '../commerce/index.ts')).not.toBeNull()
    expect(borderProblem(`${SOURCE}/credits/index.ts`, '../workflow/index.ts')).not.toBeNull()
    expect(borderProblem(`${SOURCE}/store/index.ts`, '../tillwire.ts')).not.toBeNull()
    expect(borderProblem(`${SOURCE}/commerce/index.ts`, '../credits/index.ts')).toBeNull()
  })

  it('lets each folder of the product import lower levels only', () => {
    const files = sources.filter((file) => file.startsWith(`${SOURCE}/`) && !isTest(file))
    expect(files.length).toBeGreaterThan(50)
    expect(files.flatMap((file) => importsOf(file).map((name) => borderProblem(file, name))).filter(Boolean)).toEqual(
      [],
    )
  })

  it('lets folders of the product see each other through their index only', () => {
    const files = sources.filter((file) => file.startsWith(`${SOURCE}/`) && !isTest(file))
    const deep = files.flatMap((file) =>
      importsOf(file)
        .filter((name) => name.startsWith('.'))
        .map((name) => ({ from: folderOf(file), target: relative(SOURCE, join(dirname(file), name)) }))
        .filter(
          ({ from, target }) => target.includes('/') && target.split('/')[0] !== from && !target.endsWith('/index.ts'),
        )
        .map(({ target }) => `${file} imports ${target}`),
    )
    expect(deep).toEqual([])
  })

  it('keeps the protocol fit for browsers, the client on the protocol, and the emulators on their own', () => {
    const wrong: string[] = []
    for (const file of sources.filter((name) => !isTest(name))) {
      for (const name of importsOf(file)) {
        if (file.startsWith(`${SOURCE}/protocol/`) && !name.startsWith('.') && name !== 'zod')
          wrong.push(`${file}: ${name}`)
        if (file.startsWith('packages/client/src/') && /^tillwire(?!\/protocol$)/.test(name))
          wrong.push(`${file}: ${name}`)
        if (/^packages\/(stripe|model)-emulator\//.test(file) && /^(tillwire|@tillwire)/.test(name))
          wrong.push(`${file}: ${name}`)
      }
    }
    expect(wrong).toEqual([])
  })
})
