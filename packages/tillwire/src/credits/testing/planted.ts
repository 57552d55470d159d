import type { Store, Write } from '../../store/index.ts'
import { entryId } from '../entry-id.ts'
import { type EntryRecord, ledgerAccounts, ledgerEntries } from '../schema.ts'
import { renameTexts } from './rename-texts.ts'

/** A sound store, on which others can read between a reading and the commit that follows. */
export function interleaving(store: Store): Store {
  return replacing(store, {
    async commit(commit) {
      await new Promise((resolve) => setImmediate(resolve))
      return store.commit(commit)
    },
  })
}

/** A store that does not compare the versions of accounts: of two changes at once, the later one wins. */
export function losesUpdates(store: Store): Store {
  const blind = async (write: Write): Promise<Write> => {
    if (write.op !== 'replace' || write.collection !== ledgerAccounts) return write
    const document = await store.collection(ledgerAccounts).get(write.id)
    return { ...write, ifVersion: document!.version }
  }
  let before: Promise<unknown> = Promise.resolve()
  return replacing(store, {
    commit(commit) {
      const mine = before.then(async () =>
        store.commit({ ...commit, writes: await Promise.all(commit.writes.map(blind)) }),
      )
      before = mine.catch(() => undefined)
      return mine
    },
  })
}

/** A store that does not know a used key again, neither when asked nor when writing: each entry gets a key of its own. */
export function forgetsKeys(store: Store): Store {
  const names = new Map<string, string>()
  let count = 0
  return replacing(store, {
    commit({ writes, requires = [] }) {
      const forgotten = writes.map((write): Write => {
        if (write.op !== 'insert' || write.collection !== ledgerEntries) return write
        const entry = { ...(write.document as EntryRecord), key: `${count++}` }
        names.set(entry.id, entryId(entry.holder, entry))
        return { ...write, document: entry }
      })
      const renamed = forgotten.map((write) =>
        write.op === 'remove' ? write : { ...write, document: renameTexts(write.document, names) },
      )
      return store.commit({ requires, writes: renamed })
    },
  })
}

/** A store that reads grants as if they had no end. */
export function forgetsEnds(store: Store): Store {
  return replacing(store, {
    snapshot: (async (reads: Parameters<Store['snapshot']>[0]) => {
      const endless = (document: object | null) =>
        document && 'grants' in document && Array.isArray(document.grants)
          ? { ...document, dueAt: null, grants: document.grants.map((grant) => ({ ...grant, expiresAt: null })) }
          : document
      const { accounts, ...read } = (await store.snapshot(reads)) as { accounts?: (object | null)[] }
      return accounts ? { ...read, accounts: accounts.map(endless) } : read
    }) as Store['snapshot'],
  })
}

/** The same object with some of its methods replaced. */
export function replacing<T extends object>(target: T, replaced: Partial<T>): T {
  return new Proxy(target, {
    get(_, name) {
      if (name in replaced) return Reflect.get(replaced, name)
      const value = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
