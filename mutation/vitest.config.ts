import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { parts } from './parts.ts'

const part = parts.find(({ name }) => name === process.env.MUTATION_PART)
const tests = part?.tests ?? []

/** As they are listed: the quickest first, for a mutant is done with when one test fails. */
class AsListed extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => tests.findIndex((test) => moduleId.endsWith(test))
    return files.toSorted((a, b) => place(a) - place(b))
  }
}

export default defineConfig({
  test: {
    include: [...tests],
    setupFiles: ['mutation/setup.ts'],
    testTimeout: 10_000,
    sequence: { sequencer: AsListed },
    // Modules are loaded once for all files: twice as fast, and what is mutated is chosen at run time.
    isolate: false,
  },
})
