/** A part of the product whose decisions are mutated, and the tests that must notice. */
export interface Part {
  readonly name: string
  /** Its pure decisions. */
  readonly mutate: readonly string[]
  /** Its tests in this process alone, the quickest first: none that starts or kills another process. */
  readonly tests: readonly string[]
  /** How much its tests try. */
  readonly environment: Readonly<Record<string, string>>
}

export const parts: readonly Part[] = [
  partOf('credits', {
    mutate: ['account', 'decide-*', 'entry-id', 'hold-move', 'movement', 'recompute', 'round'],
    tests: [
      'account',
      'entry-id',
      'movement',
      'decisions',
      'recompute',
      'round',
      'holds',
      'grants',
      'reversals',
      'check-ledger',
      'keys',
      'ledger.property',
      'limits',
      'input',
      'reading',
      'group',
    ],
    environment: { LEDGER_RUNS: '40' },
  }),
  partOf('sessions', {
    mutate: ['cookie', 'lease-book', 'read-session'],
    tests: ['cookie', 'lease-book', 'read-session'],
  }),
  partOf('workflow', { mutate: ['run'], tests: ['run'] }),
]

/** Files are named without their folder and ending. */
function partOf(
  name: string,
  { mutate, tests, environment = {} }: Pick<Part, 'mutate' | 'tests'> & Partial<Pick<Part, 'environment'>>,
): Part {
  const folder = `packages/tillwire/src/${name}`
  return {
    name,
    mutate: mutate.map((file) => `${folder}/${file}.ts`),
    tests: tests.map((file) => `${folder}/${file}.test.ts`),
    environment,
  }
}
