/** NUL, and halves of surrogate pairs, which may be whole pairs: one look for what most texts have nothing of. */
const SUSPECT = /[\0\ud800-\udfff]/

/**
 * What is wrong with a text that no engine, protocol or file of ours would give back as it is: it has a NUL, or half
 * of a surrogate pair, which UTF-8 cannot hold. Null when nothing is. Every border that takes text asks this.
 * @example textProblem('a\0') // 'has a NUL character'
 */
export function textProblem(text: string): string | null {
  if (!SUSPECT.test(text)) return null
  if (!text.isWellFormed()) return 'has half of a surrogate pair'
  return text.includes('\0') ? 'has a NUL character' : null
}

/** Whether a text is kept everywhere as it is: well-formed Unicode without NUL. */
export function isPlainText(text: string): boolean {
  return textProblem(text) === null
}

/**
 * A text of at most so many characters, to be told in an error or a log: its end is cut off with an ellipsis, and half
 * a surrogate pair is never left.
 * @example shorten('abcdef', 4) // 'abc…'
 */
export function shorten(text: string, most: number): string {
  if (text.length <= most) return text
  const cut = text.slice(0, most - 1)
  return `${cut.isWellFormed() ? cut : cut.slice(0, -1)}…`
}
