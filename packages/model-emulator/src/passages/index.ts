import { ARTS_AND_GAMES } from './arts-and-games.ts'
import { COMPUTING } from './computing.ts'
import { EARTH_AND_SKY } from './earth-and-sky.ts'
import { KITCHEN } from './kitchen.ts'
import { LIVING_THINGS } from './living-things.ts'
import { MADE_THINGS } from './made-things.ts'
import { MONEY_AND_WORK } from './money-and-work.ts'
import type { Passage } from './passage.ts'
import { SIGNS_AND_PLACES } from './signs-and-places.ts'

export type { Passage } from './passage.ts'

/** All passages, by theme. Together they are longer than the longest answer, so that no answer repeats one. */
export const THEMES: readonly (readonly Passage[])[] = [
  KITCHEN,
  EARTH_AND_SKY,
  LIVING_THINGS,
  MADE_THINGS,
  SIGNS_AND_PLACES,
  ARTS_AND_GAMES,
  COMPUTING,
  MONEY_AND_WORK,
]
