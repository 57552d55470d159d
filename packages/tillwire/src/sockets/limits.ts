import type { SocketLimits } from './types.ts'

/** What holds unless it is set. */
export const defaultLimits: SocketLimits = {
  frameBytes: 64 * 1024,
  joinMs: 5_000,
  eventsPerSecondPerSocket: 50,
  eventBurstPerSocket: 100,
  eventsPerSecondPerUser: 200,
  socketsPerUser: 100,
  socketsPerAddress: 1_000,
  openEventsPerSocket: 100,
  outboundBytes: 1024 * 1024,
}
