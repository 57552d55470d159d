const TOLERANT = Symbol.for('tillwire.web.tolerant')

/**
 * A browser's translator (and some extensions) puts elements of its own where texts of the page were. React
 * then takes a text from, or puts one before, a node that is not where React left it; the browser throws, and
 * the whole page falls. Here such a node is taken from wherever it is, and one without its place comes last.
 * What must not be shown out of date (amounts, a growing answer) is kept from translators by `translate="no"`.
 */
export function tolerateMovedNodes(): void {
  const prototype = Node.prototype as Node & { [TOLERANT]?: true }
  if (prototype[TOLERANT]) return
  prototype[TOLERANT] = true
  const { removeChild, insertBefore } = prototype
  prototype.removeChild = function remove<T extends Node>(this: Node, child: T): T {
    if (child.parentNode === this) return removeChild.call(this, child) as T
    child.parentNode?.removeChild(child)
    return child
  }
  prototype.insertBefore = function insert<T extends Node>(this: Node, node: T, before: Node | null): T {
    const isMoved = before !== null && before.parentNode !== this
    return insertBefore.call(this, node, isMoved ? null : before) as T
  }
}
