import { type AnswerRecord, type Answers, answersCollections, openAnswers } from './answers/index.ts'
import { openaiModel } from './answers/openai/index.ts'
import {
  type Commerce,
  type CommerceRecord,
  commerceCollections,
  openCommerce,
  stripeClient,
} from './commerce/index.ts'
import type { TillwireConfig } from './config.ts'
import { type Clock, type Logger, type Observer, systemClock } from './core/index.ts'
import { type Credits, creditsCollections, openCredits } from './credits/index.ts'
import { featureCollections } from './feature.ts'
import { createLogger } from './logging.ts'
import { loadConfig, projectRoot } from './project.ts'
import type { Environment } from './read-setting.ts'
import { type Auth, createAuth } from './sessions/better-auth/index.ts'
import { findUser, openSessions, type Sessions, sessionsCollections, type User } from './sessions/index.ts'
import { readSettings, type Settings } from './settings.ts'
import { giveSignUpCredits, signUps } from './sign-up-credits.ts'
import { type AnyCollection, openStore, type Store, type StoreOptions } from './store/index.ts'
import { openWorkflows, type RunRecord, type Workflows, workflowCollections } from './workflow/index.ts'

/** The parts of a running Tillwire, wired together. */
export interface Tillwire extends AsyncDisposable {
  readonly config: TillwireConfig
  readonly settings: Settings
  readonly clock: Clock
  readonly logger: Logger
  readonly collections: readonly AnyCollection[]
  readonly store: Store
  readonly workflows: Workflows
  readonly sessions: Sessions
  readonly credits: Credits
  readonly commerce: Commerce
  readonly answers: Answers
  readonly auth: Auth
  /** The user with this e-mail or username, in any letter case; null when there is none. */
  findUser(username: string): Promise<User | null>
  /** Ends what is under way within its deadlines and lets go of the store. */
  close(): Promise<void>
}

export interface TillwireOptions {
  /** Whether documents are upgraded, and indexes changed: `start` and `migrate` do so, nothing else. */
  readonly migrate?: boolean
  readonly onUpgrade?: StoreOptions['onUpgrade']
  /** `process.env` when left out. */
  readonly env?: Environment
  readonly clock?: Clock
  readonly logger?: Logger
  /** Told of every record of runs, payments and answers, before and after it is written: for metrics and traces. */
  readonly observer?: Observer<RunRecord | CommerceRecord | AnswerRecord>
}

/**
 * Opens the store and wires every part on it. Without a configuration it takes the project's
 * `tillwire.config.ts`. Nothing runs in the background: the server's jobs do that.
 * @throws InvalidSettings, InvalidConfig, StoreUnavailable
 * @example
 * await using tillwire = await createTillwire()
 * const customer = await tillwire.commerce.createCustomer('user@here.com')
 */
export async function createTillwire(config?: TillwireConfig, options: TillwireOptions = {}): Promise<Tillwire> {
  const settings = readSettings(options.env)
  const whole = config ?? (await loadConfig(projectRoot(options.env)))
  const clock = options.clock ?? systemClock
  const logger = options.logger ?? createLogger(settings, 'tillwire')
  const { observer } = options
  const collections = [
    ...sessionsCollections,
    ...creditsCollections,
    ...workflowCollections,
    ...commerceCollections,
    ...answersCollections,
    signUps,
    ...featureCollections(whole.features),
  ]
  const store = await openStore({
    url: settings.databaseUrl,
    collections,
    keys: settings.encryptionKeys,
    clock,
    logger,
    feed: whole.retention.feed,
    migrate: options.migrate ?? false,
    onUpgrade: options.onUpgrade,
  })

  const credits = openCredits({ store, clock, logger })
  const workflows = openWorkflows({ store, clock, logger, observer })
  const sessions = openSessions({ store, secret: settings.authSecret, origins: [settings.webOrigin], clock, logger })
  const auth = createAuth({
    store,
    secret: settings.authSecret,
    webOrigin: settings.webOrigin,
    trustedOrigins: settings.allowedOrigins,
    cookieDomain: settings.cookieDomain ?? undefined,
    sessionMaxAge: settings.sessionMaxAge,
    production: settings.mode === 'production',
    clock,
    logger,
    async onSignUp(tx, id) {
      if (whole.signUpCredits > 0) await tx.collection(signUps).insert({ id, amount: whole.signUpCredits })
    },
    afterSignUp: ({ id }) => giveSignUpCredits({ store, credits }, id),
  })
  const commerce = openCommerce({
    store,
    credits,
    workflows,
    stripe: stripeClient(settings.stripe),
    webhookSecrets: settings.stripe.webhookSecrets,
    livemode: settings.stripe.livemode,
    packs: whole.packs,
    urls: {
      success: `${settings.webOrigin}/credits?checkout=success`,
      cancel: `${settings.webOrigin}/credits?checkout=cancelled`,
    },
    clock,
    logger,
    observer,
  })
  const answers = openAnswers({
    store,
    credits,
    model: openaiModel({ ...settings.model, patience: whole.models }),
    priceBook: whole.prices,
    maxOpenPerUser: whole.limits.openAnswersPerUser,
    maxPromptCharacters: whole.limits.promptCharacters,
    clock,
    logger,
    observer,
  })

  const close = async () => {
    await answers.close()
    await commerce.close()
    await workflows.close()
    await sessions.close()
    await credits.close()
    await store.close()
  }
  return {
    config: whole,
    settings,
    clock,
    logger,
    collections,
    store,
    workflows,
    sessions,
    credits,
    commerce,
    answers,
    auth,
    findUser: (username) => findUser(store, username),
    close,
    [Symbol.asyncDispose]: close,
  }
}
