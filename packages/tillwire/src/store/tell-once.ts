import type { Logger } from '../core/index.ts'

/** How many documents that were set aside are told in the log once, and not at each sweep. */
const MAX_TOLD = 1_000

/** Names documents that a sweep cannot handle in the log, each of them once. */
export class TellOnce {
  readonly #logger: Logger
  readonly #told = new Set<string>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** `version` where another version of the document is to be told again. */
  tell(message: string, document: { collection: string; id: string; version?: number }, err: unknown): void {
    const { collection, id, version = 0 } = document
    const key = `${collection}/${id}@${version}`
    if (this.#told.has(key)) return
    if (this.#told.size < MAX_TOLD) this.#told.add(key)
    this.#logger.error({ err, collection, id }, message)
  }
}
