import { createTillwire, isTillwireError, loadConfig } from 'tillwire'
import { createServerApp } from './app.ts'
import { loadFeatures } from './load-features.ts'

/** Ending takes no longer than this; what is under way then is recovered by the next start. */
const END_MS = 11_000

/** Runs the server until it is told to end; resolves with the exit code. */
async function run(): Promise<number> {
  const config = await loadConfig()
  const tillwire = await createTillwire({ ...config, features: [...(await loadFeatures()), ...config.features] })
  const { settings, logger } = tillwire
  const server = createServerApp(tillwire)
  try {
    const port = await server.listen(settings.serverPort, settings.host)
    logger.info({ port, host: settings.host }, 'The server listens')
    const told = endOf(process)
    process.send?.({ type: 'ready', port })
    logger.info({ reason: await told }, 'The server ends')
    return 0
  } finally {
    await server.close()
    await tillwire.close()
  }
}

/** Resolves with what tells this process to end: a signal, or the end of the process that started it. */
function endOf(process: NodeJS.Process): Promise<string> {
  process.channel?.unref()
  return new Promise((resolve) => {
    const end = (reason: string) => {
      resolve(reason)
      setTimeout(() => process.exit(1), END_MS).unref()
    }
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end(signal))
    process.once('disconnect', () => end('disconnect'))
  })
}

run().then(
  (code) => process.exit(code),
  (error: unknown) => {
    // What a person can put right is told in a sentence; a fault of ours with its stack.
    process.stderr.write(
      `${isTillwireError(error) ? error.message : String(error instanceof Error ? error.stack : error)}\n`,
    )
    process.exit(1)
  },
)
