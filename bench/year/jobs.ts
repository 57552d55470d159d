import { type App, credits, type Job, type Tillwire } from 'tillwire'
import { webhookEvents } from 'tillwire/commerce'
import { holderOf } from 'tillwire/credits'
import { deliverMail, mails } from 'tillwire/sessions'
import { workflow, workflowRuns } from 'tillwire/workflow'
import { z } from 'zod'
import { signUps } from '../../packages/tillwire/src/sign-up-credits.ts'
import { left } from './answers.ts'
import { userIdOf, writeAll } from './make-year.ts'

/** What is due at each run of a job. */
const DUE = 3
const DAY_MS = 86_400_000
/** Numbers of what is due begin here, behind those of the year. */
const FIRST_NUMBER = 10_000_000

const nothing = workflow({
  name: 'bench.nothing',
  version: 1,
  input: z.null(),
  output: z.null(),
  run: async () => null,
})

/** The jobs of the server on one Tillwire. */
export class Jobs {
  readonly #tillwire: Tillwire
  readonly #stripeSession: string
  readonly #jobs: ReadonlyMap<string, Job>
  #number = FIRST_NUMBER

  /** @param stripeSession a checkout session at Stripe that no checkout of ours has */
  constructor(tillwire: Tillwire, stripeSession: string) {
    this.#tillwire = tillwire
    this.#stripeSession = stripeSession
    this.#jobs = new Map(tillwire.config.features.flatMap(({ jobs }) => jobs.map((job) => [job.name, job])))
    tillwire.workflows.register(nothing)
  }

  get names(): readonly string[] {
    return [...this.#jobs.keys()]
  }

  /** Makes a few things due. */
  async arrange(name: string): Promise<void> {
    const numbers = Array.from({ length: DUE }, () => this.#number++)
    const arrange = ARRANGEMENTS[name]
    if (!arrange) throw new Error(`Say in bench/year/jobs.ts what is due for the job "${name}".`)
    await arrange({ tillwire: this.#tillwire, numbers, now: this.#tillwire.clock.now(), session: this.#stripeSession })
  }

  async run(name: string): Promise<unknown> {
    const { store, clock } = this.#tillwire
    // The job itself does nothing where no server for mail is set.
    if (name === 'deliver-mail') return deliverMail({ store, clock, send: async () => {} })
    return this.#jobs.get(name)?.run(this.#tillwire as App, new AbortController().signal)
  }
}

interface Arrangement {
  readonly tillwire: Tillwire
  readonly numbers: readonly number[]
  readonly now: Date
  readonly session: string
}
const OTHER_USERS = 10
const otherUser = (number: number) => userIdOf(1 + (number % OTHER_USERS))

/** What is made due for each job, by its name. */
const ARRANGEMENTS: Readonly<Record<string, (arrangement: Arrangement) => Promise<unknown>>> = {
  'recover-answers': ({ tillwire, numbers, now }) =>
    Promise.all(
      numbers.map((number) =>
        left(tillwire, {
          at: now.getTime(),
          number,
          userId: otherUser(number),
          user: 0,
          cost: credits(0.05),
          length: 300,
          model: 'gpt-5-mini',
          sliced: false,
        }),
      ),
    ),
  'expire-credits': ({ tillwire, numbers }) =>
    Promise.all(
      numbers.map((number) =>
        tillwire.credits.reserve({
          holder: holderOf(otherUser(number)),
          max: credits(0.01),
          key: `due-${number}`,
          ttl: '1s',
        }),
      ),
    ),
  'sign-up-credits': ({ tillwire, numbers }) =>
    writeAll(
      tillwire,
      signUps,
      numbers.map((number) => ({ id: `user_new_${number}`, amount: credits(1) })),
    ),
  'work-on-webhooks': ({ tillwire, numbers, now, session }) =>
    writeAll(
      tillwire,
      webhookEvents,
      numbers.map((number) => ({ ...eventOf(number, now), objectId: session, status: 'pending' as const })),
    ),
  // Those that Stripe lists were read by the first poll, and are read again by each.
  'poll-stripe-events': async () => {},
  'deliver-mail': ({ tillwire, numbers, now }) =>
    writeAll(
      tillwire,
      mails,
      numbers.map((number) => ({ ...mailOf(number, now), status: 'queued' as const })),
    ),
  'recover-workflows': ({ tillwire, numbers, now }) =>
    writeAll(
      tillwire,
      workflowRuns,
      numbers.map((number) => ({ ...runOf(number), dueAt: now.toISOString() })),
    ),
  async 'sweep-store'({ tillwire, numbers, now }) {
    const ended = new Date(now.getTime() - 40 * DAY_MS).toISOString()
    await writeAll(
      tillwire,
      webhookEvents,
      numbers.map((number) => ({ ...eventOf(number, now), status: 'done' as const, doneAt: ended })),
    )
    await writeAll(
      tillwire,
      mails,
      numbers.map((number) => ({ ...mailOf(number, now), status: 'sent' as const, endedAt: ended })),
    )
  },
}

const eventOf = (number: number, now: Date) => ({
  id: `evt_${number}`,
  type: 'checkout.session.completed',
  objectId: '',
  source: 'webhook' as const,
  attempts: 0,
  dueAt: now.toISOString(),
  lastError: null,
})
const mailOf = (number: number, now: Date) => ({
  to: `${number}@example.com`,
  subject: 'Sign in',
  text: 'Open the link to sign in.',
  attempts: 0,
  dueAt: now.toISOString(),
})
const runOf = (number: number) => ({
  workflow: nothing.name,
  workflowVersion: nothing.version,
  key: `due-${number}`,
  requestId: null,
  input: null,
  inputHash: 'made for a benchmark',
  status: 'running' as const,
  steps: [],
  output: null,
  error: null,
  parked: null,
  owner: null,
  fence: 1,
  waits: 0,
  endedAt: null,
})
