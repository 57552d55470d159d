/** What Safari gives the key that ends a composition; by then `isComposing` is false there. */
const COMPOSITION_KEY_CODE = 229

/** Whether a key belongs to an input method that is putting characters together, and not to the page. */
export function isComposing({ isComposing, keyCode }: Pick<KeyboardEvent, 'isComposing' | 'keyCode'>): boolean {
  return isComposing || keyCode === COMPOSITION_KEY_CODE
}
