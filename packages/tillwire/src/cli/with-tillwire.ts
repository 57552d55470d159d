import { silentLogger } from '../core/index.ts'
import { createTillwire, type Tillwire, type TillwireOptions } from '../tillwire.ts'
import { UnknownUser } from './errors.ts'

/** After how many upgraded documents a line is said. */
const TOLD_EVERY = 2_000

/** Opens the project for one command, with no background work, and closes it whatever happens. */
export async function withTillwire<T>(
  use: (tillwire: Tillwire) => Promise<T>,
  options: Pick<TillwireOptions, 'migrate' | 'onUpgrade'> = {},
): Promise<T> {
  await using tillwire = await createTillwire(undefined, { logger: silentLogger, ...options })
  return await use(tillwire)
}

/** Says how far an upgrade of documents has come, every few thousand of them. */
export function tellUpgrades(say: (line: string) => void): NonNullable<TillwireOptions['onUpgrade']> {
  return ({ collection, documents }) => {
    if (documents % TOLD_EVERY === 0) say(`Upgrading ${collection}: ${documents} documents ...`)
  }
}

/** The user with this e-mail (any letter case) or username. */
export async function requireUser(tillwire: Tillwire, username: string) {
  const user = await tillwire.findUser(username)
  if (!user) throw new UnknownUser(username)
  return user
}
