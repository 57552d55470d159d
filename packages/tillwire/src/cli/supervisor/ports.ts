import { createServer } from 'node:net'
import { PortInUse } from '../../port-in-use.ts'

/** Throws `PortInUse` unless this process could listen on the port just now. */
export function checkPortFree(port: number, host: string, variable: string): Promise<void> {
  return new Promise((done, fail) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) =>
      fail(error.code === 'EADDRINUSE' ? new PortInUse(port, variable) : error),
    )
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => done()))
  })
}
