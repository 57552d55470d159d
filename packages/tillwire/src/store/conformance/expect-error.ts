import { expect } from 'vitest'
import type { TillwireError } from '../../core/index.ts'

/** Waits for a call to be refused with this error, and returns it. */
export async function rejection<T extends TillwireError>(
  type: { readonly code: string } & (abstract new (...args: never[]) => T),
  call: Promise<unknown>,
): Promise<T> {
  const error = await call.then(
    (value) => expect.fail(`expected ${type.code}, got ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  )
  expect(error).toMatchObject({ code: type.code })
  return error as T
}
