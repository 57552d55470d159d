const PREFIX = 'tillwire.draft.'

/** Where a draft of a user lies in the tab's storage. */
export function draftPlace(userId: string, name: string): string {
  return `${PREFIX}${userId}.${name}`
}

export function readDraft(place: string): string | null {
  return storage()?.getItem(place) ?? null
}

/** Keeps a draft in this tab; null lets go of it. */
export function keepDraft(place: string, text: string | null): void {
  const kept = storage()
  kept?.removeItem(place)
  try {
    if (text !== null) kept?.setItem(place, text)
  } catch {
    // The tab's storage is full: nothing is kept rather than an older text.
  }
}

/** Lets go of all drafts of this tab, as when somebody signs out. */
export function forgetDrafts(): void {
  const kept = storage()
  for (const place of Object.keys(kept ?? {})) if (place.startsWith(PREFIX)) kept?.removeItem(place)
}

/** The tab's storage; null where a browser is set to have none. */
function storage(): Storage | null {
  try {
    return window.sessionStorage
  } catch {
    return null
  }
}
