import { expect, it } from 'vitest'
import { Committer } from './committer.ts'
import { Connection } from './connection.ts'

async function openCommitter(onCommit: () => void, pause: () => Promise<void> | undefined) {
  const connection = await Connection.open(':memory:')
  connection.db.exec('CREATE TABLE numbers (n INTEGER) STRICT')
  const insert = connection.db.prepare('INSERT INTO numbers VALUES (1)')
  const committer = new Committer(connection, onCommit, pause)
  const count = () => connection.db.prepare('SELECT count(*) AS n FROM numbers').get()?.n
  return { connection, submit: () => committer.submit(() => void insert.run()), committer, count }
}

it('answers a commit that has happened, whatever fails after it, and goes on', async () => {
  const warnings: Error[] = []
  const onWarning = (warning: Error) => void warnings.push(warning)
  process.on('warning', onWarning)
  const { connection, submit, count } = await openCommitter(
    () => {
      throw new Error('the log is gone')
    },
    () => undefined,
  )
  await Promise.all([submit(), submit()])
  await submit()
  expect(count()).toBe(3)
  await expect.poll(() => warnings.map(({ message }) => message).join()).toMatch(/the log is gone/)
  process.off('warning', onWarning)
  connection.close()
})

it('refuses what waits when what it waits for fails, and takes what comes then', async () => {
  let failing = true
  const { connection, submit, committer, count } = await openCommitter(
    () => {},
    () => (failing ? Promise.reject(new Error('no thread')) : undefined),
  )
  const refused = await Promise.allSettled([submit(), submit()])
  expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  failing = false
  await submit()
  await committer.settled()
  expect(count()).toBe(1)
  connection.close()
})
