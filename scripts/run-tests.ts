// `npm test`: runs every test that can run here, names what was skipped, and counts. `npm run test:long` (`--long`)
// runs races and loops for longer.
import { startVitest, type TestCase } from 'vitest/node'
import { collectEvidence } from '../tests/support/evidence.ts'
import { runLong } from '../tests/support/long.ts'

/** Settings of the shell are for `npm start`: tests give their programs their own. */
const SETTINGS = [
  ...['TILLWIRE_MODE', 'TILLWIRE_ROOT', 'DATABASE_URL', 'DATA_DIR', 'REDIS_URL', 'HOST', 'WEB_PORT', 'SERVER_PORT'],
  ...['STRIPE_EMULATOR_PORT', 'MODEL_EMULATOR_PORT', 'WEB_ORIGIN', 'SERVER_ORIGIN', 'COOKIE_DOMAIN', 'LOG_LEVEL'],
  ...['AUTH_SECRET', 'ENCRYPTION_KEYS', 'SESSION_MAX_AGE', 'SMTP_URL', 'STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET'],
  ...['STRIPE_API_BASE', 'OPENAI_API_KEY', 'OPENAI_BASE_URL'],
]
for (const name of SETTINGS) delete process.env[name]

const filters = process.argv.slice(2).filter((argument) => argument !== '--long')
if (process.argv.includes('--long')) runLong()
const evidence = collectEvidence({ whole: filters.length === 0 })
const vitest = await startVitest('test', filters, { run: true, watch: false })

const tests: TestCase[] = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()])
const named = (state: string) => tests.filter((test) => test.result().state === state)
const brokenFiles = vitest.state.getTestModules().filter((module) => module.errors().length > 0)
const unhandled = vitest.state.getUnhandledErrors()
await vitest.close()

for (const test of named('skipped')) console.log(`skipped: ${test.module.relativeModuleId} > ${test.fullName}`)
for (const module of brokenFiles) console.log(`failed to load: ${module.relativeModuleId}`)
for (const file of evidence.leftOff()) console.log(`not searched for secrets: ${file}`)
if (named('failed').some(({ project }) => project.name === 'secrets')) {
  console.log(`kept, with the secrets that were looked for: ${evidence.folder}`)
} else evidence.remove()
const failed = named('failed').length + brokenFiles.length + unhandled.length
const passed = named('passed').length
console.log(`${passed} passed, ${failed} failed, ${named('skipped').length} skipped`)
process.exit(failed > 0 || passed === 0 ? 1 : 0)
