import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { TillwireError } from 'tillwire'
import { repositoryFiles, root } from '../tidy/repository.ts'

/** What is put into every error: none of it may be told where the caller did not send it. */
export const INNER = 'hunter2 in /var/lib/inner.db'
const DECLARED = /class (\w+) extends TillwireError\b/g

export interface ErrorClass {
  readonly name: string
  readonly code: string
  /** One of it, made of nothing but `INNER`. */
  make(): TillwireError
}

/** Every class of error in the sources, found by its declaration, so that none can be forgotten. */
export async function errorClasses(): Promise<ErrorClass[]> {
  const sources = repositoryFiles().filter(
    (file) => /^(packages|apps)\/.*\.ts$/.test(file) && !/\.test\.ts$|\/(testing|tests|conformance)\//.test(file),
  )
  const found: ErrorClass[] = []
  for (const file of sources) {
    for (const [, name = ''] of readFileSync(join(root, file), 'utf8').matchAll(DECLARED)) {
      const module: Record<string, unknown> = await import(join(root, file))
      const Class = module[name] as (new (...args: unknown[]) => TillwireError) & { readonly code: string }
      if (!(Class?.prototype instanceof TillwireError)) throw new Error(`${file} does not export ${name}.`)
      found.push({ name, code: Class.code, make: () => new Class(...Array.from({ length: 6 }, anything)) })
    }
  }
  return found
}

/** A value that can be used as any: a text, a number, a list, an object or a function, all made of `INNER`. */
function anything(): unknown {
  const asText = () => INNER
  const methods: Record<string | symbol, unknown> = {
    [Symbol.toPrimitive]: (hint: string) => (hint === 'number' ? 1 : INNER),
    [Symbol.iterator]: () => [INNER][Symbol.iterator](),
    toString: asText,
    toJSON: asText,
    join: asText,
    toUpperCase: () => 'USD',
    toLowerCase: () => 'usd',
    map: () => [INNER],
    length: 1,
    code: INNER,
  }
  return new Proxy(asText, { get: (_, key) => (key in methods ? methods[key] : anything()) })
}
