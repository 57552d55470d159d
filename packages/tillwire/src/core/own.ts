/**
 * What an object itself has under a name, and never what its prototype has: the way to look up a name that comes from
 * outside, which may be `constructor`.
 * @example own(prices, model) // undefined for 'toString'
 */
export function own<T>(object: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}
