import type { Output } from '../output.ts'
import { withTillwire } from '../with-tillwire.ts'

/** `tillwire migrate`: opening the store brings its tables and indexes to this version. */
export async function migrate(output: Output): Promise<boolean> {
  return await withTillwire(async (tillwire) => {
    const collections = tillwire.collections.map((collection) => collection.name)
    output.result({ databaseUrl: tillwire.settings.databaseUrl, collections }, [
      `${tillwire.settings.databaseUrl} is up to date (${collections.length} collections).`,
    ])
    return true
  })
}
