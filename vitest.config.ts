import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const limits = { testTimeout: 20_000, hookTimeout: 60_000, expect: { poll: { timeout: 10_000 } } }
const exclude = ['**/node_modules/**', '**/.next/**']
const PROGRAMS = [
  'tests/{bad-input,crash,races,wire}/*.test.ts',
  'tests/{damaged-documents,explain,large-sums,upgrades,year}.test.ts',
]

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...limits,
          name: 'parts',
          include: ['packages/**/*.test.ts', 'apps/**/*.test.ts', 'tests/tidy/*.test.ts'],
          exclude,
          // Much of a test is waiting, so that two share two cores well; Vitest would run one.
          maxWorkers: Math.max(2, availableParallelism() - 1),
          // Not 0: where there is one worker, Vitest runs that group after all others.
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Servers in processes of their own, most of whose time is waiting too.
        test: {
          ...limits,
          name: 'programs',
          include: PROGRAMS,
          exclude,
          maxWorkers: Math.max(2, availableParallelism() - 1),
          sequence: { groupOrder: 2 },
        },
      },
      {
        // What builds in the checkout, drives a browser or measures time: one file after the other.
        test: {
          ...limits,
          name: 'whole',
          include: ['tests/**/*.test.ts'],
          exclude: [...exclude, ...PROGRAMS, 'tests/tidy/**', 'tests/secrets/**'],
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
      {
        // Last of all: searches what all the others left behind.
        test: {
          ...limits,
          name: 'secrets',
          include: ['tests/secrets/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
})
