import { describe } from 'vitest'
import { describeCommit } from './commit.ts'
import { describeDocuments } from './documents.ts'
import { describeEncryption } from './encryption.ts'
import type { StoreHarness } from './harness.ts'
import { describeHashing } from './hashing.ts'
import { describeNumbers } from './numbers.ts'
import { describeQueries } from './queries.ts'
import { describeRetention } from './retention.ts'
import { describeSnapshot } from './snapshot.ts'
import { describeTransactions } from './transactions.ts'
import { describeTwoProcesses } from './two-processes.ts'
import { describeUniqueness } from './uniqueness.ts'
import { describeUpgradeRefusals } from './upgrade-refusals.ts'
import { describeUpgrades } from './upgrades.ts'
import { describeValues } from './values.ts'
import { describeWatch } from './watch.ts'

/**
 * What every engine promises, whichever it is. An engine adds a harness and nothing else; `shared` says
 * that several processes can open its databases.
 */
export function describeStore(name: string, harness: StoreHarness, { shared }: { shared: boolean }): void {
  describe(`store on ${name}`, () => {
    describeDocuments(harness)
    describeValues(harness)
    describeQueries(harness)
    describeNumbers(harness)
    describeSnapshot(harness)
    describeCommit(harness)
    describeUniqueness(harness)
    describeTransactions(harness)
    describeUpgrades(harness)
    describeUpgradeRefusals(harness)
    describeRetention(harness)
    describeEncryption(harness)
    describeHashing(harness)
    describeWatch(harness)
    if (shared) describeTwoProcesses(harness)
  })
}
