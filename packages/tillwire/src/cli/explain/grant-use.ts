import type { grants } from '../../credits/index.ts'
import type { DocumentOf } from '../../store/index.ts'
import { asAmounts, type Entry, inCredits, ledgerItem, postedTo } from './ledger-item.ts'
import { differs, unbalanced } from './problems.ts'
import { type Item, MOST_ITEMS, type Problem } from './timeline.ts'

type Grant = DocumentOf<typeof grants>
type AccountName = Entry['postings'][number]['account']

/** Answers that the summary of what was spent names, the newest. */
const MOST_ANSWERS = 10

/** What became of one grant, from its holder's entries, newest first. */
export class GrantUse {
  readonly #grant: string
  readonly #items: Item[] = []
  #unread = 0
  readonly #problems: Problem[] = []
  readonly #sums: Partial<Record<AccountName, bigint>> = {}
  /** What was asked back of it in all; the newest entry says. */
  #asked: number | null = null
  #spendings = 0
  #lastSpentAt = ''
  readonly #answers: string[] = []

  constructor(grant: string) {
    this.#grant = grant
  }

  /** Items that were more than a timeline has. */
  get unread(): number {
    return this.#unread
  }

  add(entry: Entry): void {
    const grant = this.#grant
    const mine = entry.postings.filter((posting) => posting.grant === grant)
    if (mine.length === 0 && entry.grant?.id !== grant) return
    this.#problems.push(...unbalanced(entry))
    for (const { account, amount } of mine) this.#sums[account] = this.sum(account) + BigInt(amount)
    const asks = entry.kind === 'reverse' || entry.kind === 'restore'
    if (asks && entry.grant?.id === grant) this.#asked ??= entry.grant.reversed
    const spent = postedTo(entry, 'consumed', grant)
    if (spent > 0) this.#spend(entry)
    const changed = mine.some(({ account }) => account === 'expired' || account === 'reversed')
    if (entry.grant?.id !== grant && !changed) return
    if (this.#items.length < MOST_ITEMS) this.#items.push(ledgerItem(entry))
    else this.#unread += 1
  }

  /** What its entries add to an account in all. */
  sum(account: AccountName): bigint {
    return this.#sums[account] ?? 0n
  }

  /** Its movements, and what was spent of it as one. */
  items(): Item[] {
    if (this.#spendings === 0) return this.#items
    const spent = this.sum('consumed')
    const entries = `${this.#spendings} ${this.#spendings === 1 ? 'entry' : 'entries'}`
    const says = `${inCredits(spent)} credits of it were spent by now, in ${entries}`
    const summary = { at: this.#lastSpentAt, kind: 'entry', id: this.#grant, says, refs: this.#answers } as const
    return [...this.#items, { ...summary, amounts: asAmounts({ spent }) }]
  }

  /** Where the grant, and what its holder has of it now, differ from its entries. */
  problems(grant: Grant, left: { readonly free: number; readonly held: number }): Problem[] {
    const { id, amount, reversed, expired } = grant
    return [
      ...this.#problems,
      ...differs('grant_amount', id, 'The grant', amount, -this.sum('issued')),
      ...differs('grant_reversed', id, 'What was asked back of the grant', reversed, this.#asked ?? 0),
      ...differs('grant_expired', id, 'What ended of the grant', expired, this.sum('expired')),
      ...differs('grant_free', id, 'What is free of the grant', left.free, this.sum('available')),
      ...differs('grant_held', id, 'What is held of the grant', left.held, this.sum('held')),
    ]
  }

  #spend({ at, refs }: Entry): void {
    this.#spendings += 1
    this.#lastSpentAt ||= at
    const { answer } = refs
    if (answer === undefined || this.#answers.includes(answer)) return
    if (this.#answers.length < MOST_ANSWERS) this.#answers.push(answer)
  }
}
