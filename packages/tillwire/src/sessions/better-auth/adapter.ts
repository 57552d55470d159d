import { createAdapterFactory, type DBAdapterInstance } from 'better-auth/adapters'
import type { AnyCollection, Store, Transaction, TransactionOptions } from '../../store/index.ts'
import { type OnInsert, operations, type Scope } from './operations.ts'
import { tablesOf } from './tables.ts'

/**
 * A sign-up hashes its password inside a transaction, and many hash at once. Nothing is held
 * meanwhile: the store checks at the commit that what was read still stands.
 */
const TRANSACTION: TransactionOptions = { retries: 5, deadline: '30s' }

export interface TillwireAdapterOptions {
  /** Collections that serve as tables, by Better Auth's own name of the table. */
  readonly collections?: Readonly<Record<string, AnyCollection>>
  readonly onInsert?: OnInsert
}

/**
 * Our store as Better Auth's database, with transactions, single-use reads and guarded counters that
 * hold between processes. Tables that are not given as collections are laid out from Better Auth's
 * own list of tables, plugins' included, and registered with the store.
 * @example betterAuth({ database: tillwireAdapter(store), secret, emailAndPassword: { enabled: true } })
 */
export function tillwireAdapter(store: Store, options: TillwireAdapterOptions = {}): DBAdapterInstance {
  return (authOptions) => {
    const tables = tablesOf(authOptions, options.collections ?? {})
    const made = [...tables.values()].filter((table) => table.made).map(({ collection }) => collection)
    let registered: Promise<void> | undefined
    const whole: Scope = {
      async reader(collection) {
        await register()
        return store.collection(collection)
      },
      async write(body) {
        await register()
        return store.transaction(body, TRANSACTION)
      },
    }
    return adapterWithin(whole)(authOptions)

    async function register(): Promise<void> {
      if (made.length === 0) return
      registered ??= store.register(made)
      try {
        await registered
      } catch (error) {
        registered = undefined
        throw error
      }
    }

    function adapterWithin(scope: Scope): DBAdapterInstance {
      return createAdapterFactory({
        config: {
          adapterId: 'tillwire',
          adapterName: 'Tillwire',
          supportsDates: false,
          supportsJSON: true,
          supportsArrays: true,
          supportsNumericIds: false,
          transaction: (callback) => scope.write((tx) => callback(adapterWithin(within(tx))(authOptions))),
        },
        adapter: ({ getFieldName }) => {
          const fieldName = (model: string, field: string) => getFieldName({ model, field })
          return operations(scope, tables, fieldName, options.onInsert)
        },
      })
    }
  }
}

function within(tx: Transaction): Scope {
  return { reader: async (collection) => tx.collection(collection), write: (body) => body(tx) }
}
