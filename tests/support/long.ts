/** Set by `npm run test:long`, for the processes that tests run in. */
const LONG = 'TILLWIRE_TESTS_LONG'

/** Makes the tests of this process and of those that it starts run in their long form. */
export function runLong(): void {
  process.env[LONG] = '1'
}

/** How often a race or a loop is run: a few times with each `npm test`, many times with `npm run test:long`. */
export function timesOf({ short, long }: { readonly short: number; readonly long: number }): number {
  return process.env[LONG] === undefined ? short : long
}
