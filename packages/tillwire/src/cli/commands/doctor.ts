import { checkProvider } from '../../answers/openai/index.ts'
import { isTillwireError } from '../../core/index.ts'
import { loadConfig, projectRoot } from '../../project.ts'
import { readSettings, type Settings } from '../../settings.ts'
import type { Output } from '../output.ts'
import { checkPortFree } from '../supervisor/ports.ts'
import { planPrograms } from '../supervisor/programs.ts'
import { withTillwire } from '../with-tillwire.ts'

interface Finding {
  readonly name: string
  readonly ok: boolean
  readonly message: string
}

const ASK_LIMIT_MS = 5_000

/** `tillwire doctor`: each thing that Tillwire needs, and what to do where it is missing. */
export async function doctor(output: Output): Promise<boolean> {
  const findings: Finding[] = []
  const look = async (name: string, body: () => Promise<string>) => {
    try {
      findings.push({ name, ok: true, message: await body() })
    } catch (error) {
      const message = isTillwireError(error) || error instanceof Error ? error.message : String(error)
      findings.push({ name, ok: false, message })
    }
  }

  await look('node', async () => `Node ${process.version}`)
  await look('settings', async () => `mode ${readSettings().mode}`)
  if (findings.every((finding) => finding.ok)) {
    const settings = readSettings()
    // The settings have tried it out.
    await look('data folder', async () => settings.dataDir)
    await look('database', () =>
      withTillwire(async (tillwire) => `${settings.databaseUrl}, ${tillwire.collections.length} collections`),
    )
    for (const { name, port, host, variable } of planPrograms(settings)) {
      await look(`port of ${name}`, async () => {
        if (await answers(host, port)) return `${port}: ${name} or another program answers there`
        await checkPortFree(port, host, variable)
        return `${port} is free`
      })
    }
    if (settings.stripe.emulatorPort === null)
      await look('Stripe', () => withTillwire(async (tillwire) => await tillwire.commerce.ping()))
    if (settings.model.emulatorPort === null) await look('model', () => askProvider(settings))
  }

  const ok = findings.every((finding) => finding.ok)
  output.result(
    { ok, findings },
    findings.map((finding) => `${finding.ok ? 'ok  ' : 'FAIL'} ${finding.name}: ${finding.message}`),
  )
  return ok
}

async function answers(host: string, port: number): Promise<boolean> {
  const address = `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}/`
  const answer = await fetch(address, { redirect: 'manual', signal: AbortSignal.timeout(ASK_LIMIT_MS) }).catch(
    () => null,
  )
  await answer?.body?.cancel()
  return answer !== null
}

async function askProvider({ model }: Settings): Promise<string> {
  const { prices } = await loadConfig(projectRoot())
  return await checkProvider({ ...model, models: Object.keys(prices.models) })
}
