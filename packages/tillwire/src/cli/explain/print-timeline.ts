import type { Item, Timeline } from './timeline.ts'

/** So much of an answer's text is printed. */
export const MOST_TEXT = 2_000

/** A timeline as lines for people; the last one is the sum. */
export function printTimeline({ subject, items, leftOff, problems }: Timeline): string[] {
  const head = `${subject.kind} ${subject.id}`
  const left = leftOff === 0 ? [] : [`(${leftOff} older ${leftOff === 1 ? 'item is' : 'items are'} left off)`]
  const lines = items.map((item) => [line(item), ...contentLines(item)])
  const found = problems.map(({ code, id, message }) => `PROBLEM ${code} ${id}: ${message}`)
  return [head, ...left, ...lines.slice(0, -1).flat(), ...found, ...(lines.at(-1) ?? [])]
}

function line({ at, kind, id, says, refs }: Item): string {
  const about = refs.length === 0 ? '' : ` [${refs.join(' ')}]`
  return `${at}  ${kind.padEnd(13)}  ${id}  ${oneLine(says)}${about}`
}

function contentLines({ content }: Item): string[] {
  if (content === undefined) return []
  const shown = content.slice(0, MOST_TEXT)
  const cut = content.length - shown.length
  const lines = shown.split('\n').map((text) => `    ${printable(text)}`)
  return cut === 0 ? lines : [...lines, `    (cut: ${cut} more characters; --json prints all of them)`]
}

function oneLine(text: string): string {
  return printable(text.replaceAll(/\s+/g, ' '))
}

/** Text of users and models without what a terminal would take as an order. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '\u{FFFD}')
}
