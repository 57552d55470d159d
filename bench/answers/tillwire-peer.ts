/** The real server in a process of its own: sessions, sockets, ledger and store, with a model that is never waited for. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTillwire, credits, defineConfig, silentLogger, type Tillwire } from 'tillwire'
import { openAnswers } from 'tillwire/answers'
import { holderOf } from 'tillwire/credits'
import { createServerApp } from '../../apps/server/src/app.ts'
import { loadFeatures } from '../../apps/server/src/load-features.ts'
import { SOCKETS, serve } from './peer.ts'
import { recordAnswer, replay } from './text.ts'

const ORIGIN = 'http://localhost:3000'
const NOWHERE = 'http://127.0.0.1:9'

const folder = mkdtempSync(join(tmpdir(), 'tillwire-bench-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const env = {
  TILLWIRE_ROOT: folder,
  DATABASE_URL: `file:${folder}/tillwire.db`,
  STRIPE_API_BASE: NOWHERE,
  STRIPE_SECRET_KEY: 'sk_test_bench',
  OPENAI_BASE_URL: NOWHERE,
  OPENAI_API_KEY: 'any',
}
const config = defineConfig({ features: await loadFeatures() })
const wired = await createTillwire(config, { env, logger: silentLogger })
const model = replay(await recordAnswer())
const answers = openAnswers({ store: wired.store, credits: wired.credits, model, priceBook: config.prices })
const server = createServerApp({ ...wired, answers })
const port = await server.listen(0, '127.0.0.1')
const cookies = await Promise.all(Array.from({ length: SOCKETS }, (_, at) => signUp(wired, at)))
serve({ url: `http://127.0.0.1:${port}/authenticated`, cookies })

/** A user with credits; their session's cookie. */
async function signUp(tillwire: Tillwire, at: number): Promise<string> {
  const person = { name: `User ${at}`, email: `user-${at}@example.com`, password: 'correct horse battery' }
  const answer = await tillwire.auth.handler(
    new Request(`${ORIGIN}/api/auth/sign-up/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: ORIGIN },
      body: JSON.stringify(person),
    }),
  )
  const { user } = (await answer.json()) as { user: { id: string } }
  const source = { kind: 'manual' } as const
  await tillwire.credits.grant({ holder: holderOf(user.id), amount: credits(1e8), key: 'given', source })
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ')
}
