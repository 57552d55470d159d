import type { Command } from 'commander'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { main } from './index.ts'
import { createProgram } from './main.ts'

beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  return () => vi.restoreAllMocks()
})

describe('main', () => {
  it('tells help (0) from wrong use (2)', async () => {
    expect(await main(['--help'])).toBe(0)
    expect(await main(['dance'])).toBe(2)
    expect(await main(['grant', 'a@b.com', '-1', '--key', 'k'])).toBe(2)
    expect(await main(['start', 'everything'])).toBe(2)
  })

  it.each(['0', '-0', '1.1234567', 'five', '1e3', '9007199255', '-9007199255'])(
    'refuses a correction of %s as wrong use',
    async (amount) => {
      expect(await main(['correct', 'a@b.com', amount, '--key', 'k', '--reason', 'r'])).toBe(2)
    },
  )

  it('asks for the key and the reason of a correction', async () => {
    expect(await main(['correct', 'a@b.com', '-5', '--key', 'k'])).toBe(2)
    expect(await main(['correct', 'a@b.com', '-5', '--reason', 'r'])).toBe(2)
  })
})

/** Every command, with something for each argument and each option that it cannot do without. */
const commands = all(createProgram(() => {})).map(({ path, command }) => ({
  path,
  given: command.registeredArguments.map(() => '1'),
  needed: command.options.filter(({ mandatory }) => mandatory).flatMap(({ long }) => [long ?? '', 'x']),
  takesText: command.options.filter(({ required, optional }) => required || optional).map(({ long }) => long ?? ''),
}))
const emptied = commands.flatMap(({ path, given, needed, takesText }) => [
  ...takesText.flatMap((option) => ['', ' '].map((empty) => [...path, ...given, ...needed, option, empty])),
  ...given.map((_, index) => [...path, ...given.with(index, ''), ...needed]),
])

describe('an empty text', () => {
  it.each(emptied.map((args) => [args.map((text) => JSON.stringify(text)).join(' '), args] as const))(
    'is wrong use: %s',
    async (_, args) => {
      expect(await main(args)).toBe(2)
      expect(vi.mocked(process.stderr.write).mock.calls.join()).toContain('is empty')
    },
  )

  it('was tried with every option of every command', () => {
    expect(commands.map(({ path }) => path.join(' '))).toEqual(
      expect.arrayContaining(['grant', 'correct', 'sessions revoke']),
    )
    expect(emptied.length).toBeGreaterThan(15)
  })
})

function all(program: Command, path: readonly string[] = []): { path: readonly string[]; command: Command }[] {
  return program.commands.flatMap((command) => {
    const own = [...path, command.name()]
    return command.commands.length > 0 ? all(command, own) : [{ path: own, command }]
  })
}
