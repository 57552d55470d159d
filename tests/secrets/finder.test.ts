import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Finder } from './finder.ts'

const SECRET = 'a "secret" with 100 % of/what+is=escaped?'
const CARD = '4000 0025 0000 3155'
const finder = new Finder([
  { kind: 'password', value: SECRET },
  { kind: 'card number', value: CARD },
])
const kindsIn = (text: string | Buffer) => finder.inBytes(Buffer.from(text), 'here').map(({ kind }) => kind)

describe('a secret', () => {
  it.each([
    ['as it is', `password=${SECRET};`],
    ['in JSON', JSON.stringify({ deep: [SECRET] })],
    ['in JSON within JSON', JSON.stringify({ body: JSON.stringify({ deep: [SECRET] }) })],
    ['in HTML', `<input value="${SECRET.replaceAll('"', '&quot;')}">`],
    ['in a URL', `https://here.com/?p=${encodeURIComponent(SECRET)}&q=1`],
    ['in a form', new URLSearchParams({ p: SECRET }).toString()],
    ['in hex', Buffer.from(`x${SECRET}y`).toString('hex')],
    ['in base64', Buffer.from(SECRET).toString('base64')],
    ['in base64, one byte in', Buffer.from(`:${SECRET}:`).toString('base64')],
    ['in base64url, two bytes in', Buffer.from(`a:${SECRET}`).toString('base64url')],
  ])('is found %s', (_, text) => {
    expect(new Set(kindsIn(text))).toEqual(new Set(['password']))
  })

  it.each(['4000002500003155', '4000 0025 0000 3155', '4000-0025-0000-3155', '4000+0025+0000+3155'])(
    'is found as a card number however its digits are grouped: %s',
    (text) => {
      expect(kindsIn(`"${text}"`)).toEqual(['card number'])
    },
  )

  it('is not found where there is none', () => {
    expect(kindsIn('a "secret" with 10 % of/what+is=escaped, 4000 0025 0000 3156, 3155')).toEqual([])
  })

  it('is told without being repeated', () => {
    expect(JSON.stringify(finder.inBytes(Buffer.from(SECRET), 'here'))).not.toContain('escaped')
  })
})

describe('a secret in a store', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tillwire-finder-'))
  const path = join(folder, 'store.db')
  let db: DatabaseSync
  beforeAll(() => {
    db = new DatabaseSync(path)
    db.exec('PRAGMA journal_mode = WAL; PRAGMA page_size = 512; CREATE TABLE notes (id INTEGER PRIMARY KEY, text)')
  })
  afterAll(() => {
    db.close()
    rmSync(folder, { recursive: true })
  })
  const write = (text: string) => void db.prepare('INSERT INTO notes (text) VALUES (?)').run(text)

  it('is not found before it was written', () => {
    write('nothing')
    expect(finder.inStore(path)).toEqual([])
  })

  it('is found where the end of a page cuts it', () => {
    // At every place of a page, so that some are cut by its end, and only reading rows shows those.
    const rows = Array.from({ length: 600 }, (_, i) => i)
    db.exec('BEGIN')
    for (const i of rows) write(`${'x'.repeat(700 + i)}${SECRET}`)
    db.exec('COMMIT')
    const inRows = finder.inStore(path).filter(({ place }) => place.endsWith('table notes'))
    expect(inRows).toHaveLength(rows.length)
  })

  it('is found in what a deleted row left behind', () => {
    db.exec('DELETE FROM notes WHERE id > 1; PRAGMA wal_checkpoint(TRUNCATE)')
    const found = finder.inStore(path)
    expect(found.filter(({ place }) => place.endsWith('table notes'))).toEqual([])
    expect(found.map(({ place }) => place)).toContain(path)
  })
})
