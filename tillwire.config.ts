import { credits, defineConfig } from 'tillwire'

/** What this product sells and allows. Whatever is left out has the default shown in docs/configuration.md. */
export default defineConfig({
  packs: [
    { id: 'starter', name: 'Starter', credits: credits(5_000), price: { amount: 500, currency: 'usd' } },
    { id: 'plus', name: 'Plus', credits: credits(20_000), price: { amount: 1_800, currency: 'usd' } },
    { id: 'pro', name: 'Pro', credits: credits(100_000), price: { amount: 8_000, currency: 'usd' } },
  ],
  signUpCredits: credits(0),
})
