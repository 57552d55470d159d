import { type Passage, THEMES } from './passages/index.ts'
import type { Random } from './random.ts'
import { singular } from './read-question.ts'

/** All passages in the order in which a question gets them. */
export interface Choice {
  readonly passages: readonly Passage[]
  /** Whether the first of them is about something that the question names. */
  readonly found: boolean
}

/**
 * Orders the passages for a question: those that share most words with it, then those of the same theme as the
 * first, then the others. Where the question says nothing, `random` decides.
 */
export function choosePassages(keywords: readonly string[], random: Random): Choice {
  const placeOf = new Map(keywords.map((word, at) => [word, at]))
  const matched = THEMES.flat()
    .map((passage) => ({
      passage,
      places: passage.words.split(' ').flatMap((word) => placeOf.get(singular(word)) ?? []),
    }))
    .filter(({ places }) => places.length > 0)
    .sort((a, b) => b.places.length - a.places.length || Math.min(...a.places) - Math.min(...b.places))
    .map(({ passage }) => passage)
  const [first] = matched
  const isOwn = (theme: readonly Passage[]) => first !== undefined && theme.includes(first)
  const themes = random.shuffle(THEMES).map((theme) => random.shuffle(theme))
  const others = themes.toSorted((a, b) => Number(isOwn(b)) - Number(isOwn(a))).flat()
  return { passages: [...new Set([...matched, ...others])], found: first !== undefined }
}
