import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { entryId } from './entry-id.ts'
import type { EntryKind } from './types.ts'

describe("an entry's id", () => {
  it('is of its kind, holder and key, and of nothing else', () => {
    const part = fc.constantFrom('a', 'b', '/', ':', '","', 'spend', 'é', '€'.repeat(40))
    const text = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''))
    const command = fc.record({ holder: text, kind: fc.constantFrom<EntryKind>('spend', 'settle'), key: text })
    fc.assert(
      fc.property(command, command, (a, b) => {
        const same = a.holder === b.holder && a.kind === b.kind && a.key === b.key
        expect(entryId(a.holder, a) === entryId(b.holder, b)).toBe(same)
        expect(entryId(a.holder, a)).toMatch(/^entry_[A-Za-z0-9-]{1,32}_[A-Za-z0-9_-]{22}$/)
      }),
    )
  })

  it('stays as it is: keys that were used stay used', () => {
    expect(entryId('user/ada', { kind: 'spend', key: 'k:1' })).toBe('entry_k-1_KWkHKMgD1v5kt90ifeaRbq')
  })

  it('grows with time as keys do', () => {
    const idOf = (uuid: string) => entryId('user/ada', { kind: 'spend', key: `answer_${uuid}:1` })
    const ids = [
      idOf('01a1ff54-abd5-71e4-ad1f-ba8a2ee56755'),
      idOf('01a1ff54-abd6-71e4-ad1f-ba8a2ee56755'),
      idOf('01a1ff55-0000-7000-8000-000000000000'),
    ]
    expect(ids.toSorted()).toEqual(ids)
  })
})
