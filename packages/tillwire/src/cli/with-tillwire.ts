import { silentLogger } from '../core/index.ts'
import { createTillwire, type Tillwire } from '../tillwire.ts'
import { UnknownUser } from './errors.ts'

/** Opens the project for one command, with no background work, and closes it whatever happens. */
export async function withTillwire<T>(use: (tillwire: Tillwire) => Promise<T>): Promise<T> {
  await using tillwire = await createTillwire(undefined, { logger: silentLogger })
  return await use(tillwire)
}

/** The user with this e-mail (any letter case) or username. */
export async function requireUser(tillwire: Tillwire, username: string) {
  const user = await tillwire.findUser(username)
  if (!user) throw new UnknownUser(username)
  return user
}
