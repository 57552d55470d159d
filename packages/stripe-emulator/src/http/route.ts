import type { Context } from '../context.ts'
import type { Parameters, Parsed } from './parameters.ts'

export type Method = 'GET' | 'POST' | 'DELETE'

/** The ids in a path: those of `/v1/customers/:id` are `{ id: string }`. */
export type PathIds<Path extends string> = Path extends `${string}:${infer Id}/${infer Rest}`
  ? Record<Id, string> & PathIds<Rest>
  : Path extends `${string}:${infer Id}`
    ? Record<Id, string>
    : unknown

/** One route of the API: its parameters as data, and what it does with them. */
export interface Route<P extends Parameters = Parameters, Path extends string = string> {
  readonly method: Method
  readonly path: Path
  readonly parameters: P
  handle(context: Context, parameters: Parsed<P> & PathIds<Path>): object
}

export type AnyRoute = Omit<Route, 'handle'> & { handle(context: Context, parameters: never): object }

export function route<const P extends Parameters, const Path extends string>(definition: Route<P, Path>): AnyRoute {
  return definition
}

export interface Match {
  route: AnyRoute
  ids: Record<string, string>
}

/** Finds routes by method and path; a path written out wins over one with an id. */
export class Router {
  readonly #routes: { route: AnyRoute; pattern: RegExp; names: string[] }[]

  constructor(routes: readonly AnyRoute[]) {
    this.#routes = [...routes]
      .sort((left, right) => left.path.split(':').length - right.path.split(':').length)
      .map((entry) => ({ route: entry, ...compile(entry.path) }))
  }

  match(method: string, path: string): Match | undefined {
    for (const { route, pattern, names } of this.#routes) {
      const found = route.method === method ? pattern.exec(path) : null
      if (found !== null) {
        return { route, ids: Object.fromEntries(names.map((name, index) => [name, found[index + 1] ?? ''])) }
      }
    }
    return undefined
  }
}

function compile(path: string): { pattern: RegExp; names: string[] } {
  const names = [...path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? '')
  return { pattern: new RegExp(`^${path.replaceAll(/:\w+/g, '([^/]+)')}$`), names }
}
