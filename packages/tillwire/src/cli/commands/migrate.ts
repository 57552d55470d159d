import type { Output } from '../output.ts'
import { tellUpgrades, withTillwire } from '../with-tillwire.ts'

/** `tillwire migrate`: brings documents and indexes to this version. */
export async function migrate(output: Output): Promise<boolean> {
  const options = { migrate: true, onUpgrade: tellUpgrades((line) => output.error(line)) }
  return await withTillwire(async (tillwire) => {
    const collections = tillwire.collections.map((collection) => collection.name)
    output.result({ databaseUrl: tillwire.settings.databaseUrl, collections }, [
      `${tillwire.settings.databaseUrl} is up to date (${collections.length} collections).`,
    ])
    return true
  }, options)
}
