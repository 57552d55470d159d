/** As much of a syntax tree as the rule looks at. */
interface Path {
  readonly node: Syntax
  readonly parentPath: Path | null
}
interface Syntax {
  readonly type: string
  readonly arguments?: readonly Syntax[]
  /** `invariant(...)` or `this.#report(...)`. */
  readonly callee?: { readonly name?: string; readonly property?: { readonly id?: { readonly name?: string } } }
}

const LITERALS = ['StringLiteral', 'TemplateLiteral']
/** What takes a text for people as its last argument. */
const TELLERS = ['invariant', 'report']

/**
 * Leaves out the texts of errors: another wording is no fault. Only literals are left out, in what is
 * thrown and in what `invariant` and `report` tell; when that happens, and what else it carries, is mutated.
 */
const texts = {
  shouldIgnore({ node, parentPath }: Path): string | undefined {
    if (!LITERALS.includes(node.type)) return undefined
    const { callee, arguments: given } = parentPath?.node ?? {}
    const isTold = given?.at(-1) === node && TELLERS.includes(callee?.name ?? callee?.property?.id?.name ?? '')
    return isTold || isThrown(parentPath) ? 'the text of an error' : undefined
  },
}

function isThrown(path: Path | null): boolean {
  return path !== null && (path.node.type === 'ThrowStatement' || isThrown(path.parentPath))
}

export const strykerPlugins = [{ kind: 'Ignore', name: 'texts', value: texts }]
