export type { StripeEmulator, StripeEmulatorOptions } from './start.ts'
export { startStripeEmulator } from './start.ts'
