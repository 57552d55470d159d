/** Text that is safe to put into a page as it is. Only `html` makes it. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Part = Html | string | number | undefined | readonly Html[]

/** A piece of a page: every value in it is escaped, but for pieces made the same way. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  const escaped = values.map(render)
  return new Html(strings.map((text, index) => text + (escaped[index] ?? '')).join(''))
}

function render(value: Part): string {
  if (value === undefined) return ''
  if (value instanceof Html) return value.text
  if (typeof value === 'object') return value.map((piece) => piece.text).join('')
  return escapeText(String(value))
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escapeText(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}
