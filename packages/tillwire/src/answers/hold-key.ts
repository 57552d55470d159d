const PREFIX = 'answer/'

/** The key under which the first hold of an answer is reserved. */
export function holdKeyOf(answerId: string): string {
  return `${PREFIX}${answerId}`
}

/** The answer whose hold was reserved under this key; null when it is no answer's. */
export function answerOfHold(key: string): string | null {
  return key.startsWith(PREFIX) ? key.slice(PREFIX.length) : null
}
