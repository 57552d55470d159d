import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const limits = { testTimeout: 20_000, hookTimeout: 60_000, expect: { poll: { timeout: 10_000 } } }
const exclude = ['**/node_modules/**', '**/.next/**']

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
        // Whole programs on real ports and a build in the checkout: one file after the other.
        test: {
          ...limits,
          name: 'whole',
          include: ['tests/**/*.test.ts'],
          exclude: [...exclude, 'tests/tidy/**', 'tests/secrets/**'],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        // Last of all: searches what all the others left behind.
        test: {
          ...limits,
          name: 'secrets',
          include: ['tests/secrets/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
})
