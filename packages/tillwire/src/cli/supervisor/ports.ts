import { createServer } from 'node:net'
import { TillwireError } from '../../core/index.ts'

/** A port that one of our processes needs is taken. */
export class PortInUse extends TillwireError {
  static override readonly code = 'port_in_use'
  constructor(port: number, variable: string) {
    super(
      PortInUse.code,
      `Port ${port} is in use: end the program that listens there, or set ${variable} to another port.`,
      {
        details: { port, variable },
      },
    )
  }
}

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
