import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { passesLuhn, TEST_CARDS } from './payments/cards.ts'
import { apiRoutes } from './resources/routes.ts'

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')

describe('the README', () => {
  it('lists the routes that there are', () => {
    const listed = [...readme.matchAll(/`((?:GET|POST|DELETE)(?: POST)?(?: DELETE)?) (\/v1\/[^`]+)`/g)].flatMap(
      ([, methods = '', path]) => methods.split(' ').map((method) => `${method} ${path}`),
    )
    expect(listed.sort()).toEqual(apiRoutes.map(({ method, path }) => `${method} ${path}`).sort())
  })

  it('lists the cards that there are, each with a number that can be one', () => {
    const listed = [...readme.matchAll(/^\| (\d[\d ]+) +\| `(\w+)` *\|/gm)].map(([, number = '', name]) => [
      name,
      number.replaceAll(' ', ''),
    ])
    expect(listed).toEqual(Object.entries(TEST_CARDS).map(([name, card]) => [name, card.number]))
    expect(listed.filter(([, number]) => !passesLuhn(number ?? ''))).toEqual([])
  })
})
