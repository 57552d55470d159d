export {
  InvalidPayload,
  OriginNotAllowed,
  RateLimited,
  SignInRequired,
  TooManyConnections,
  Unavailable,
} from './errors.ts'
export { requestIdOf } from './guard-transport.ts'
export { defaultLimits } from './limits.ts'
export { openSockets } from './open-sockets.ts'
export type {
  Charge,
  Charges,
  ContextOf,
  EventHandler,
  IdentityReader,
  PublicContext,
  Sender,
  SocketHandle,
  SocketIdentity,
  SocketLimits,
  SocketMetrics,
  Sockets,
  SocketsOptions,
  TakeLease,
  UserContext,
} from './types.ts'
export { isFault, toWireError } from './wire-error.ts'
