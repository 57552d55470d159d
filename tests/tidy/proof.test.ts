import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { repositoryFiles, root } from './repository.ts'

const PAGE = 'docs/proof.md'
const files = new Set(repositoryFiles())
const read = (file: string) => readFileSync(join(root, file), 'utf8')

/** The rows of the page that make a promise, by their two cells. */
function rowsOf(page: string): { promise: string; proof: string }[] {
  return page
    .split('\n')
    .map((line) => /^\| (?<promise>.+?) \| (?<proof>.+) \|$/.exec(line)?.groups)
    .filter((row) => row !== undefined && row.promise !== 'promise')
    .map((row) => ({ promise: row?.promise ?? '', proof: row?.proof ?? '' }))
}

/** Every test that a cell names: a link to its file, and its name in quotation marks, several where there are. */
function testsIn(proof: string): { file: string; name: string }[] {
  return [...proof.matchAll(/\]\(\.\.\/([^)]+)\)((?: "[^"]+")+)/g)].flatMap(([, file = '', names = '']) =>
    [...names.matchAll(/"([^"]+)"/g)].map(([, name = '']) => ({ file, name })),
  )
}

/** Whether a file has a test of this name, as it is written there. */
function hasTest(file: string, name: string): boolean {
  return files.has(file) && new RegExp(`(?:\\bit\\(|\\)\\()\\s*(['"\`])${RegExp.escape(name)}\\1`).test(read(file))
}

describe('the page of proofs', () => {
  const rows = rowsOf(read(PAGE))

  it('names a test for each promise', () => {
    expect(rows.length).toBeGreaterThan(40)
    expect(rows.filter(({ proof }) => testsIn(proof).length === 0).map(({ promise }) => promise)).toEqual([])
  })

  it('names no test that is not there', () => {
    const named = rows.flatMap(({ proof }) => testsIn(proof))
    expect(named.filter(({ file, name }) => !hasTest(file, name))).toEqual([])
  })

  it('reads what it is meant to read', () => {
    const [row] = rowsOf(
      '| a | [x](../tests/tidy/proof.test.ts) "names a test for each promise" "names no test that is not there" |',
    )
    expect(testsIn(row?.proof ?? '').map(({ file, name }) => hasTest(file, name))).toEqual([true, true])
    expect(hasTest('tests/tidy/proof.test.ts', 'names a test')).toBe(false)
    expect(hasTest('tests/tidy/none.test.ts', 'names a test for each promise')).toBe(false)
  })
})
