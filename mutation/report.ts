/** As much of a report of Stryker's as is read here. */
export interface Report {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>
}
interface Mutant {
  readonly status: 'Killed' | 'Timeout' | 'Survived' | 'NoCoverage' | 'Ignored' | 'CompileError' | 'RuntimeError'
  readonly replacement?: string
  readonly location: { readonly start: Position; readonly end: Position }
}
interface Position {
  /** Both from 1. */
  readonly line: number
  readonly column: number
}

/** A mutant that no test notices. */
export interface Survivor {
  /** `folder/file.ts`. */
  readonly file: string
  readonly line: number
  /** What stood there, and what the mutant has instead. */
  readonly change: string
}

/** Texts of code are cut to this length in the list. */
const MOST_SHOWN = 80

/** How many mutants were killed, those that never came to an end included, and which survived. */
export function readReport(report: Report): { killed: number; survivors: Survivor[] } {
  const mutants = Object.entries(report.files).flatMap(([file, { source, mutants }]) =>
    mutants.map((mutant) => ({ file: file.split('/').slice(-2).join('/'), source, mutant })),
  )
  const survivors = mutants
    .filter(({ mutant }) => mutant.status === 'Survived' || mutant.status === 'NoCoverage')
    .map(({ file, source, mutant }) => ({
      file,
      line: mutant.location.start.line,
      change: `${shown(originalOf(source, mutant))} => ${shown(mutant.replacement ?? '')}`,
    }))
    .sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line)
  const killed = mutants.filter(({ mutant }) => mutant.status === 'Killed' || mutant.status === 'Timeout').length
  return { killed, survivors }
}

/** The survivors that a page lists for a part, each as ``- `folder/file.ts:12` `change`: reason``. */
export function listedSurvivors(page: string, part: string): Survivor[] {
  return [...page.matchAll(/^- `([^`:]+):(\d+)` `([^`]+)`: \S/gm)]
    .map(([, file = '', line, change = '']) => ({ file, line: Number(line), change }))
    .filter(({ file }) => file.startsWith(`${part}/`))
}

/** The survivors that are not among others, whatever line they stand on: lines move, code does not. */
export function without(survivors: readonly Survivor[], others: readonly Survivor[]): Survivor[] {
  const left = others.map(nameOf)
  return survivors.filter((survivor) => {
    const index = left.indexOf(nameOf(survivor))
    if (index !== -1) left.splice(index, 1)
    return index === -1
  })
}

export function rowOf({ file, line, change }: Survivor): string {
  return `- \`${file}:${line}\` \`${change}\`:`
}

function nameOf({ file, change }: Survivor): string {
  return `${file} ${change}`
}

function originalOf(source: string, { location: { start, end } }: Mutant): string {
  const lines = source.split('\n').slice(start.line - 1, end.line)
  const last = lines.length - 1
  return lines
    .map((line, index) => line.slice(index === 0 ? start.column - 1 : 0, index === last ? end.column - 1 : undefined))
    .join('\n')
}

/** On one line, short, and without what would end a piece of code on the page. */
function shown(code: string): string {
  const line = code.replace(/\s+/g, ' ').replaceAll('`', "'").trim()
  return line.length > MOST_SHOWN ? `${line.slice(0, MOST_SHOWN)}…` : line || 'nothing'
}
