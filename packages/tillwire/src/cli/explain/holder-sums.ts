import { answerOfHold } from '../../answers/index.ts'
import { type Entry, ledgerItem, postedTo } from './ledger-item.ts'
import { unbalanced } from './problems.ts'
import { type Item, MOST_ITEMS, type Problem } from './timeline.ts'

/** What a holder's entries, newest first, add up to; and those that belong to no answer, which is told as one. */
export class HolderSums {
  available = 0n
  held = 0n
  debt = 0n
  entries = 0
  /** Items that were more than a timeline has. */
  unread = 0
  readonly items: Item[] = []
  readonly problems: Problem[] = []
  /** Holds of answers, between the newest entry that says so and the oldest. */
  readonly #answering = new Set<string>()

  add(entry: Entry): void {
    this.entries += 1
    this.problems.push(...unbalanced(entry))
    this.available += BigInt(postedTo(entry, 'available'))
    this.held += BigInt(postedTo(entry, 'held'))
    this.debt -= BigInt(postedTo(entry, 'debt'))
    if (this.#belongsToAnswer(entry)) return
    if (this.items.length < MOST_ITEMS) this.items.push(ledgerItem(entry))
    else this.unread += 1
  }

  #belongsToAnswer({ kind, key, hold, refs }: Entry): boolean {
    if (!hold) return false
    if (kind === 'reserve') return this.#answering.delete(hold.id) || answerOfHold(key) !== null
    if (refs.answer !== undefined) this.#answering.add(hold.id)
    return this.#answering.has(hold.id)
  }
}
