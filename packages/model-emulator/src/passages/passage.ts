/** A short text of our own on one subject. */
export interface Passage {
  readonly title: string
  /** The subject within a sentence: "From bread it is a short walk to tea". */
  readonly name: string
  /** The words of a question that ask for it, in lower case and in the singular. */
  readonly words: string
  /**
   * Markdown without headings: blocks with an empty line between. A paragraph that ends in a colon
   * belongs to the list, table or code after it; every other block can be read without the next one.
   */
  readonly text: string
}
