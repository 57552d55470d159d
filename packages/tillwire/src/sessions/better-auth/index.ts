export { type TillwireAdapterOptions, tillwireAdapter } from './adapter.ts'
export { type Auth, type AuthOptions, createAuth, type NewUser, type RateLimit } from './create-auth.ts'
