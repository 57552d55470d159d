import type { Connections, WireBalance } from 'tillwire/protocol'
import { Answers } from './answers.ts'
import { newerBalance } from './balance.ts'
import { Channel } from './channel.ts'
import { MutableValue, type Value } from './value.ts'

/** One page's line to a Tillwire server. Nothing is opened until a channel is held. */
export interface TillwireClient {
  readonly public: Channel<'public'>
  readonly authenticated: Channel<'authenticated'>
  /** The newest balance that the socket told; null before the first. Older versions are ignored. */
  readonly balance: Value<WireBalance | null>
  /** How many sockets each namespace has, while the public channel is held. */
  readonly connections: Value<Connections | null>
  readonly answers: Answers
}

/**
 * Makes a client of the server at `url` (an origin). Safe to make on a server too: it does nothing
 * until a channel is opened.
 * @example
 * const client = createTillwireClient({ url: 'http://localhost:3001' })
 * const close = client.authenticated.open(session.id)
 * client.balance.subscribe(() => console.log(client.balance.get()))
 */
export function createTillwireClient(options: { url: string }): TillwireClient {
  const visitors = new Channel(options.url, 'public')
  const account = new Channel(options.url, 'authenticated')
  const balance = new MutableValue<WireBalance | null>(null)
  const connections = new MutableValue<Connections | null>(null)

  account.on('session:ready', (session) => balance.set(newerBalance(balance.get(), session.balance)))
  account.on('balance:changed', (next) => balance.set(newerBalance(balance.get(), next)))
  account.status.subscribe(() => {
    const { state } = account.status.get()
    if (state === 'closed' || state === 'ended') balance.set(null)
  })
  visitors.on('connections:changed', (next) => connections.set(next))
  visitors.status.subscribe(() => {
    if (visitors.status.get().state !== 'connected') return
    visitors.request('connections:get', {}).then(
      (counts) => connections.set(counts),
      () => {}, // the next change tells it
    )
  })
  return { public: visitors, authenticated: account, balance, connections, answers: new Answers(account) }
}
