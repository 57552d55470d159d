import { TillwireError } from './core/index.ts'

/** A port that one of our processes needs is taken. */
export class PortInUse extends TillwireError {
  static override readonly code = 'port_in_use'
  constructor(port: number, variable: string) {
    super(
      PortInUse.code,
      `Port ${port} is in use: end the program that listens there, or set ${variable} to another port.`,
      { details: { port, variable } },
    )
  }
}
