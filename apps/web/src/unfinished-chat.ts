const KEY = 'tillwire.unfinished-chat'

/** Remembers, in this tab, which answer to come back to after buying credits. */
export function keepUnfinishedChat(answerId: string): void {
  window.sessionStorage.setItem(KEY, `/chat?answer=${encodeURIComponent(answerId)}`)
}

/** The page of the answer to come back to, once; null when there is none. */
export function takeUnfinishedChat(): string | null {
  const path = window.sessionStorage.getItem(KEY)
  window.sessionStorage.removeItem(KEY)
  return path
}
