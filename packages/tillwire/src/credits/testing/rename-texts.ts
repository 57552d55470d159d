/** A copy of a JSON value in which every text that has another name has that. */
export function renameTexts<T>(value: T, names: ReadonlyMap<string, string>): T {
  return JSON.parse(JSON.stringify(value), (_, member) =>
    typeof member === 'string' ? (names.get(member) ?? member) : member,
  )
}
