/**
 * Where to cut a text so that its first part has at most `end` code units and no character is cut in half:
 * half of one does not survive the way to a browser.
 */
export function cutBefore(text: string, end: number): number {
  if (end >= text.length) return text.length
  return /[\uD800-\uDBFF]/.test(text.charAt(end - 1)) ? end - 1 : Math.max(0, end)
}
