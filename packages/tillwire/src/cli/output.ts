/** Where a command writes: lines for people, or one JSON value with `--json`. */
export interface Output {
  /** What the command found, told either way. */
  result(value: unknown, lines: readonly string[]): void
  line(text: string): void
  error(text: string): void
}

/** Writes to the standard streams; BigInts are decimal texts in JSON. */
export function standardOutput(json: boolean): Output {
  return {
    result: (value, lines) =>
      process.stdout.write(json ? `${jsonOf(value)}\n` : lines.map((line) => `${line}\n`).join('')),
    line: (text) => (json ? process.stderr : process.stdout).write(`${text}\n`),
    error: (text) => process.stderr.write(`${text}\n`),
  }
}

/** A BigInt is an exact decimal text. */
export function jsonOf(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? String(member) : member))
}
