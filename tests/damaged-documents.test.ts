import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createTillwire,
  defineConfig,
  giveMissedSignUpCredits,
  type Logger,
  manualClock,
  newId,
  silentLogger,
} from 'tillwire'
import { answers } from 'tillwire/answers'
import { webhookEvents } from 'tillwire/commerce'
import { credits as units } from 'tillwire/core'
import { grants, type Holder, holderOf, holds, ledgerAccounts, ledgerEntries } from 'tillwire/credits'
import { deliverMail, mails } from 'tillwire/sessions'
import { type AnyCollection, insert } from 'tillwire/store'
import { workflow, workflowRuns } from 'tillwire/workflow'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { ledgerAlarms } from '../packages/tillwire/src/credits/schema.ts'
import { signUps } from '../packages/tillwire/src/sign-up-credits.ts'
import { damageFile } from '../packages/tillwire/src/store/sqlite/damage-file.ts'
import { letGo } from './support/evidence.ts'
import { tillwireCommand } from './support/tillwire-command.ts'

const LIMIT_MS = 120_000
const START = new Date(Date.now() - 40 * 86_400_000)
const at = (days: number) => new Date(START.getTime() + days * 86_400_000).toISOString()

const greet = workflow({
  name: 'test.greet',
  version: 1,
  input: z.string(),
  output: z.string(),
  run: async (_, name) => `Hello ${name}`,
})

async function opened(env: Record<string, string>, days: number) {
  const named = new Set<string>()
  const error: Logger['error'] = (fields) => {
    if ('collection' in fields && 'id' in fields) named.add(`${fields.collection}/${fields.id}`)
    if ('eventId' in fields) named.add(`webhook_events/${fields.eventId}`)
  }
  const logger = { ...silentLogger, error }
  const config = defineConfig({ signUpCredits: units(0) })
  const clock = manualClock(at(days))
  const tillwire = await createTillwire(config, { env: { ...process.env, ...env }, logger, clock, migrate: true })
  tillwire.workflows.register(greet)
  return { tillwire, named }
}
type Opened = Awaited<ReturnType<typeof opened>>['tillwire']

/** What each sweep finds of one person. */
async function leaveWork({ store, credits }: Opened, name: string): Promise<Record<string, string>> {
  const holder = holderOf(name)
  const source = { kind: 'manual' } as const
  await credits.grant({ holder, amount: units(10), key: 'g', source, expiresAt: at(1) })
  const holdId = newId('hold')
  const answer = {
    ...{ id: newId('answer'), userId: name, key: 'k', inputHash: '', model: 'm', maxOutputTokens: 9, quoteMax: 9 },
    price: { version: '1', input: 1, cachedInput: 1, output: 1, minimum: 1, providerCost: null },
    ...{ holdId, requestId: null, preview: '', state: 'streaming' as const, owner: 'owner_gone', leaseUntil: at(0) },
    ...{ stopping: false, inputTokens: 0, outputTokens: 0, textLength: 0, spent: 0, startedAt: at(0), endedAt: null },
    ...{ receiptId: null, truncated: false, withheld: null, error: null },
  }
  const also = { writes: [insert(answers, answer)] }
  await credits.reserve({ id: holdId, holder, max: units(1), key: 'r', ttl: '15m', also })
  const alarm = (await store.collection(ledgerAlarms).findOne({ holder }))!
  const event = await store.collection(webhookEvents).insert({
    ...{ type: 'nobody.cares', objectId: `x_${name}`, source: 'poll', status: 'pending', attempts: 0, dueAt: at(0) },
    lastError: null,
  })
  const run = await store.collection(workflowRuns).insert({
    ...{ workflow: greet.name, workflowVersion: 1, key: name, requestId: null, input: name, inputHash: '' },
    ...{ status: 'running', steps: [], output: null, error: null, parked: null, owner: null, fence: 1, waits: 0 },
    ...{ dueAt: at(0), endedAt: null },
  })
  const mail = { to: `${name}@here.com`, subject: 's', text: 't', attempts: 0, dueAt: at(0) }
  const queued = await store.collection(mails).insert({ ...mail, status: 'queued' })
  const sent = await store.collection(mails).insert({ ...mail, status: 'sent', endedAt: at(0) })
  const signUp = await store.collection(signUps).insert({ id: name, amount: units(name === 'bea' ? 7 : 8) })
  return {
    ledger_alarms: alarm.id,
    answers: answer.id,
    webhook_events: event.id,
    workflow_runs: run.id,
    mails: queued.id,
    sent: sent.id,
    sign_ups: signUp.id,
  }
}

it('stop no sweep of the server for the others, and are named by their log and by check', {
  timeout: LIMIT_MS,
}, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tillwire-damaged-'))
  const path = join(dataDir, 'tillwire.db')
  const env = { DATA_DIR: dataDir, DATABASE_URL: `file:${path}` }
  const first = await opened(env, 0)
  const broken = await leaveWork(first.tillwire, 'ada')
  const sound = await leaveWork(first.tillwire, 'bea')
  const ledger = await damageable(first.tillwire)
  await first.tillwire.close()
  const swept = Object.entries(broken).map(([table, id]) => ({ table: table === 'sent' ? 'mails' : table, id }))
  damageFile(path, [...swept, ...ledger])

  const { tillwire, named } = await opened(env, 39)
  const { store, credits } = tillwire
  const read = <C extends AnyCollection>(collection: C, name: string) => store.collection(collection).get(sound[name]!)
  expect(await tillwire.answers.recover()).toBe(1)
  expect(await read(answers, 'answers')).toMatchObject({ state: 'failed' })
  await credits.expireDue()
  expect(await read(ledgerAlarms, 'ledger_alarms')).toBeNull()
  await giveMissedSignUpCredits({ store, credits, clock: tillwire.clock, logger: tillwire.logger })
  expect(await read(signUps, 'sign_ups')).toBeNull()
  expect((await credits.balance(holderOf('bea'))).available).toBe(units(7))
  expect(await tillwire.commerce.webhooks.work()).toBe(1)
  expect(await read(webhookEvents, 'webhook_events')).toMatchObject({ status: 'done' })
  expect(await tillwire.workflows.recover()).toBe(1)
  expect(await read(workflowRuns, 'workflow_runs')).toMatchObject({ status: 'completed' })
  const to: string[] = []
  await deliverMail({ store, clock: tillwire.clock, send: async (mail) => void to.push(mail.to) })
  expect(to).toEqual(['bea@here.com'])
  expect(await store.sweep()).toEqual({ removed: 1, setAside: 1 })
  expect(await read(mails, 'sent')).toBeNull()
  expect(named).toEqual(new Set(swept.map(({ table, id }) => `${table}/${id}`)))

  const problems = new Set((await credits.check()).problems.map(({ id }) => id))
  for (const { id } of ledger) expect(problems).toContain(id)
  expect(problems).toContain(broken.ledger_alarms)
  await expect(store.collection(answers).get(broken.answers!)).rejects.toMatchObject({
    code: 'damaged_document',
    details: { collection: 'answers', id: broken.answers },
  })
  await tillwire.close()
  const { status, stdout, stderr } = await tillwireCommand(['check', '--json'], env)
  expect(status, stderr).toBe(1)
  const told = (JSON.parse(stdout) as { problems: { id: string }[] }).problems.map(({ id }) => id)
  for (const { table, id } of [...swept, ...ledger]) expect(told).toContain(`${table}/${id}`)
  letGo(dataDir)
})

/** A document of each collection of the ledger, each of another holder. */
async function damageable({ store, credits }: Opened): Promise<{ table: string; id: string }[]> {
  const made = async (holder: Holder) => {
    const given = await credits.grant({ holder, amount: units(9), key: 'g', source: { kind: 'manual' } })
    const hold = await credits.reserve({ holder, max: units(1), key: 'r', ttl: '15m' })
    return { ...given, hold: hold.id }
  }
  const [grant, hold, entry] = [await made(holderOf('cyd')), await made(holderOf('dee')), await made(holderOf('eve'))]
  await made(holderOf('fay'))
  expect(await store.collection(ledgerAccounts).count()).toBe(6)
  return [
    { table: grants.name, id: grant.grant },
    { table: holds.name, id: hold.hold },
    { table: ledgerEntries.name, id: entry.entry },
    { table: ledgerAccounts.name, id: holderOf('fay') },
  ]
}
