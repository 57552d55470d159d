import { join } from 'node:path'
import type { Microcredits } from '../../packages/tillwire/src/core/index.ts'
import { type Credits, creditsCollections, holderOf, openCredits } from '../../packages/tillwire/src/credits/index.ts'
import { openStore, type Store } from '../../packages/tillwire/src/store/index.ts'
import { HELD, type Peer, USED } from './peer.ts'

type Turn = <T>(operation: () => Promise<T>) => Promise<T>

/** The ledger as it is used: what arrives together is committed together. */
export function tillwirePeer(folder: string): Promise<Peer> {
  return openPeer('tillwire', join(folder, 'tillwire.db'), (operation) => operation())
}

/** The same ledger on the same kind of file, made to commit one operation at a time. */
export function singlePeer(folder: string): Promise<Peer> {
  let before: Promise<unknown> = Promise.resolve()
  return openPeer('the same, one transaction an operation', join(folder, 'single.db'), (operation) => {
    const mine = before.then(operation)
    before = mine.catch(() => undefined)
    return mine
  })
}

async function openPeer(name: string, file: string, turn: Turn): Promise<Peer> {
  const store: Store = await openStore({ url: `file:${file}`, collections: creditsCollections })
  const credits: Credits = openCredits({ store })
  return {
    name,
    async open(holders, each) {
      const source = { kind: 'manual' } as const
      const give = (index: number) =>
        credits.grant({ holder: holderOf(`${index}`), amount: each as Microcredits, key: 'given', source })
      await Promise.all(Array.from({ length: holders }, (_, index) => give(index)))
    },
    async pair(index, key) {
      const holder = holderOf(`${index}`)
      const hold = await turn(() => credits.reserve({ holder, max: HELD as Microcredits, key, ttl: '15m' }))
      await turn(() => hold.settle(USED as Microcredits, { key }))
    },
    async left() {
      const { problems, totals } = await credits.check()
      if (problems.length > 0) throw new Error(`The ledger's check found ${JSON.stringify(problems.slice(0, 3))}`)
      return Number(totals.available + totals.held)
    },
    async [Symbol.asyncDispose]() {
      await credits.close()
      await store.close()
    },
  }
}
