import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { WriterFigures, WriterOptions } from './writer.ts'

export interface Pair {
  readonly processes: readonly WriterFigures[]
  /** Documents in the file afterwards. */
  readonly kept: number
}

/** Documents that a process may number. */
const NUMBERS = 10_000_000

/** Two processes on one file, as web and server under `npm start`, that write at the same time; neither ever pauses. */
export async function runPair(options: Omit<WriterOptions, 'from'>): Promise<Pair> {
  const children: ChildProcess[] = []
  try {
    // One after the other: they make the tables.
    for (const from of [0, NUMBERS]) {
      const child = fork(join(import.meta.dirname, 'writer.ts'), [JSON.stringify({ ...options, from })])
      children.push(child)
      await told(child)
    }
    const processes = await Promise.all(
      children.map((child) => {
        const figures = told(child) as Promise<WriterFigures>
        child.send('go')
        return figures
      }),
    )
    using db = new DatabaseSync(options.path, { readOnly: true })
    const { kept } = db.prepare('SELECT count(*) AS kept FROM entries').get() as { kept: number }
    return { processes, kept }
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
}

async function told(child: ChildProcess): Promise<unknown> {
  const [message] = await Promise.race([once(child, 'message'), once(child, 'exit').then(([code]) => [`exit ${code}`])])
  if (typeof message === 'string' && message !== 'ready') throw new Error(`A writer ended: ${message}`)
  return message
}
