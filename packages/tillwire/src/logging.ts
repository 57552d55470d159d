import { type DestinationStream, pino } from 'pino'
import pretty from 'pino-pretty'
import { currentRequest, type Logger } from './core/index.ts'
import type { Settings } from './settings.ts'

/** Fields that are never written, wherever they turn up in a log line. */
const SECRET_FIELDS = ['authorization', 'cookie', 'password', 'secret', 'token', 'apiKey']

/** JSON lines, each with the request that it was written for, to `destination`; without one to standard output, where a terminal gets readable ones. */
export function createLogger(
  settings: Pick<Settings, 'logLevel'>,
  name: string,
  destination?: DestinationStream,
): Logger {
  const redact = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`])
  const options = { name, level: settings.logLevel, redact, base: { name }, mixin: requestFields }
  if (destination) return pino(options, destination)
  return process.stdout.isTTY
    ? pino(options, pretty({ sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss' }))
    : pino(options)
}

function requestFields(fields: object): object {
  const requestId = currentRequest()
  return requestId === undefined || 'requestId' in fields ? {} : { requestId }
}
