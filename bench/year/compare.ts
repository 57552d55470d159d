/** A year's data may cost no more than a third above what little data does. */
export const LIMIT = 4 / 3
/** Of a normal distribution: within so many standard errors the true median lies in 95 of 100 cases. */
const STANDARD_ERRORS = 1.96

/** What one kind of work took, round by round, in milliseconds. */
export interface Taken {
  readonly little: number[]
  readonly year: number[]
}

export interface Compared {
  readonly littleMs: number
  readonly yearMs: number
  readonly ratio: number
  /** What the ratio is at least, by what chance may have done. */
  readonly least: number
  readonly isOver: boolean
}

/** The medians, and the ratio of the two runs of each round, which met the same load. */
export function compare({ little, year }: Taken): Compared {
  const ratios = year.map((ms, round) => ms / (little[round] ?? ms)).toSorted((a, b) => a - b)
  const below = Math.floor(ratios.length / 2 - (STANDARD_ERRORS / 2) * Math.sqrt(ratios.length))
  const least = ratios[Math.max(0, below)] ?? 0
  return {
    littleMs: rounded(median(little)),
    yearMs: rounded(median(year)),
    ratio: rounded(median(ratios)),
    least: rounded(least),
    isOver: least > LIMIT,
  }
}

/**
 * Does the work in turns, each round the other one first. `run` is told what to do it on and resolves with what it took.
 */
export async function inTurns(rounds: number, run: (on: keyof Taken) => Promise<number>): Promise<Taken> {
  const taken: Taken = { little: [], year: [] }
  // The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    const order = ['little', 'year'] as const
    for (const on of round % 2 === 0 ? order : order.toReversed()) {
      const ms = await run(on)
      if (round > 0) taken[on].push(ms)
    }
  }
  return taken
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  await work()
  return performance.now() - begin
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
