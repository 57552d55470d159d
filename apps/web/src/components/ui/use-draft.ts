'use client'

import { useCallback, useLayoutEffect, useState } from 'react'
import { draftPlace, keepDraft, readDraft } from '../../drafts.ts'
import { useSession } from '../shell/signed-in.tsx'

/**
 * What a person is writing, kept in this tab for that person: it is there again after a reload, and after
 * signing in again when the session ended elsewhere. Setting it to `initial` lets go of it.
 * @example const [text, setText] = useDraft('question')
 */
export function useDraft(name: string, initial = ''): [text: string, setText: (text: string) => void] {
  const userId = useSession().session?.user.id ?? null
  const place = userId === null ? null : draftPlace(userId, name)
  const [text, setText] = useState(initial)
  useLayoutEffect(() => {
    const kept = place && readDraft(place)
    if (kept) setText(kept)
  }, [place])
  const keep = useCallback(
    (next: string) => {
      setText(next)
      if (place !== null) keepDraft(place, next === initial ? null : next)
    },
    [place, initial],
  )
  return [text, keep]
}
