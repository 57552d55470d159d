export {
  AlreadyRefunded,
  AuthenticationRequired,
  CardDeclined,
  ChargeTakenBack,
  CheckoutClosed,
  CustomerBusy,
  CustomerExists,
  CustomerGone,
  CustomerNotFound,
  InvalidCharge,
  InvalidCustomer,
  InvalidEventStatus,
  InvalidRefund,
  InvalidSignature,
  NoCard,
  PaymentMismatch,
  PaymentNotFound,
  StripeRefused,
  StripeUnavailable,
  UnknownPack,
  UserNotFound,
  WrongLivemode,
} from './errors.ts'
export { type CommerceOptions, openCommerce } from './open-commerce.ts'
export { charges, checkouts, commerceCollections, customers, webhookEvents } from './schema.ts'
export { type StripeSettings, stripeClient } from './stripe/stripe-client.ts'
export type {
  Address,
  Charge,
  Commerce,
  CommerceRecord,
  CreateCustomerInput,
  Customer,
  CustomerCallback,
  Inbox,
  Pack,
  WebhookEvent,
} from './types.ts'
