import { answerOfHold } from '../../answers/index.ts'
import { type Entry, ledgerItem, postedTo } from './ledger-item.ts'
import { unbalanced } from './problems.ts'
import { type Item, MOST_ITEMS, type Problem } from './timeline.ts'

/** What a holder's entries, oldest first, add up to; and those that belong to no answer, which is told as one. */
export class HolderSums {
  available = 0
  held = 0
  debt = 0
  entries = 0
  /** Those that were more than a timeline has. */
  unread = 0
  readonly items: Item[] = []
  readonly problems: Problem[] = []
  /** Open holds of answers. */
  readonly #answering = new Set<string>()

  add(entry: Entry): void {
    this.entries += 1
    if (entry.sequence !== this.entries) {
      const message = `Entry ${entry.sequence} stands where entry ${this.entries} is expected.`
      this.problems.push({ code: 'sequence_gap', id: entry.id, message })
      this.entries = entry.sequence
    }
    this.problems.push(...unbalanced(entry))
    this.available += postedTo(entry, 'available')
    this.held += postedTo(entry, 'held')
    this.debt -= postedTo(entry, 'debt')
    if (this.#belongsToAnswer(entry)) return
    this.items.push(ledgerItem(entry))
    if (this.items.length > MOST_ITEMS) this.unread += this.items.splice(0, 1).length
  }

  #belongsToAnswer({ kind, key, hold }: Entry): boolean {
    if (!hold) return false
    if (kind === 'reserve' && answerOfHold(key) !== null) this.#answering.add(hold.id)
    const answers = this.#answering.has(hold.id)
    if (hold.status !== 'open') this.#answering.delete(hold.id)
    return answers
  }
}
