/** `npm run bench -- NAME`: measures one part beside its peers, and ends with one line `RESULT {json}`. */
import { readdirSync } from 'node:fs'

const names = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && entry.name !== 'run.ts')
  .map((entry) => entry.name.replace('.ts', ''))

const name = process.argv[2] ?? ''
if (!names.includes(name)) {
  console.error(`Usage: npm run bench -- NAME, where NAME is one of: ${names.join(', ')}`)
  process.exit(2)
}
const { bench } = (await import(`./${name}.ts`)) as { bench(): Promise<object> }
console.log(`RESULT ${JSON.stringify({ bench: name, ...(await bench()) })}`)
