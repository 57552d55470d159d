/** Waits for the promise, but no longer than that; true when it was kept in time. Never rejects. */
export async function within(ms: number, promise: Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => late.resolve(false), ms)
  const kept = promise.then(
    () => true,
    () => false,
  )
  return Promise.race([kept, late.promise]).finally(() => clearTimeout(timer))
}
