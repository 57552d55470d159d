export {
  InvalidPayload,
  OriginNotAllowed,
  RateLimited,
  SignInRequired,
  TooManyConnections,
  Unavailable,
} from './errors.ts'
export { defaultLimits } from './limits.ts'
export { openSockets } from './open-sockets.ts'
export { requestIdFrom } from './request-id.ts'
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
export { httpStatusOf, isFault, isInner, toWireError, WIRE_CODES } from './wire-error.ts'
