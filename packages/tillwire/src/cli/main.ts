import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { loadEnvFile } from 'node:process'
import { Command, CommanderError } from 'commander'
import { isTillwireError } from '../core/index.ts'
import { InvalidCommand } from '../credits/index.ts'
import { projectRoot } from '../project.ts'
import { balance } from './commands/balance.ts'
import { check } from './commands/check.ts'
import { correct } from './commands/correct.ts'
import { doctor } from './commands/doctor.ts'
import { explain } from './commands/explain.ts'
import { grant } from './commands/grant.ts'
import { migrate } from './commands/migrate.ts'
import { schema } from './commands/schema.ts'
import { revokeSessions } from './commands/sessions-revoke.ts'
import { start } from './commands/start.ts'
import { listWorkflows, retryWorkflow } from './commands/workflows.ts'
import { WrongUse } from './errors.ts'
import { type Output, standardOutput } from './output.ts'

const OK = 0
const PROBLEM = 1
const WRONG_USE = 2

/**
 * Runs the `tillwire` command and resolves with its exit code: 0, 1 (found a problem) or 2 (wrong use).
 * Settings come from the environment, then from `.env` in the project's folder.
 */
export async function main(args: readonly string[]): Promise<number> {
  const envFile = join(projectRoot(), '.env')
  if (existsSync(envFile)) loadEnvFile(envFile)
  let code = OK
  const program = createProgram((found) => {
    code = found
  })
  try {
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? OK : WRONG_USE
    process.stderr.write(
      `${isTillwireError(error) ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
    )
    return WrongUse.is(error) || InvalidCommand.is(error) ? WRONG_USE : PROBLEM
  }
}

/** The commands; `end` hears the exit code of the one that was run. */
export function createProgram(end: (code: number) => void): Command {
  const program = new Command('tillwire')
    .description('Runs and looks after a Tillwire project.')
    .exitOverride()
    .showHelpAfterError('(tillwire --help lists the commands)')
    .enablePositionalOptions()
    .hook('preAction', (_, command) => refuseEmpty(command))
  const add = (form: string, description: string) =>
    program.command(form).description(description).option('--json', 'print one JSON value').exitOverride()
  const run =
    <A extends unknown[]>(action: (output: Output, ...rest: A) => Promise<boolean>) =>
    async (...all: unknown[]) => {
      const options = all.at(-2) as { json?: boolean }
      const found = await action(standardOutput(options.json === true), ...(all.slice(0, -1) as A))
      end(found ? OK : PROBLEM)
    }

  program
    .command('start')
    .description('Starts web, server and what they need')
    .argument('[part]', 'web or server alone')
    .exitOverride()
    .action(async (part?: string) => {
      end(await start(standardOutput(false), part))
    })
  add('doctor', 'Looks for what would keep Tillwire from working').action(run(doctor))
  add('migrate', 'Brings the database to this version').action(run(migrate))
  add('check', 'Checks ledger, store, and payments against grants; changes nothing').action(run(check))
  add('grant', 'Gives a user credits')
    .argument('<username>', 'e-mail address or username')
    .argument('<credits>', 'a positive number of at most six decimals')
    .requiredOption('--key <key>', 'names this grant: the same key never gives twice')
    .option('--expires <duration>', 'when they end, as in 30d')
    .option('--reason <text>', 'shown in the history')
    .action(run(grant))
  add('correct', 'Gives or takes credits by hand, for a reason that is kept')
    .argument('<username>', 'e-mail address or username')
    .argument('<credits>', 'a number of at most six decimals; below zero takes, as in -5')
    .requiredOption('--key <key>', 'names this correction: the same key never moves twice')
    .requiredOption('--reason <text>', 'why; shown in the history')
    .option('--allow-debt', 'takes also what is not there, as debt')
    .action(run(correct))
  add('balance', "Shows a user's credits").argument('<username>', 'e-mail address or username').action(run(balance))
  add('explain', 'Tells a user, a payment, an answer or a request as one timeline, and checks its sum')
    .argument('<id>', 'of a user (also e-mail address or username), a payment, an answer, or what leads to one')
    .action(run(explain))
  program
    .command('sessions')
    .description('Looks after sessions')
    .exitOverride()
    .command('revoke')
    .description('Signs a user out everywhere')
    .argument('<username>', 'e-mail address or username')
    .option('--json', 'print one JSON value')
    .exitOverride()
    .action(run(revokeSessions))
  const workflows = program.command('workflows').description('Looks after runs of workflows').exitOverride()
  workflows
    .command('list')
    .description('Lists runs, the newest first')
    .option('--status <status>', 'running, completed, undoing, failed, parked (unless told) or all')
    .option('--json', 'print one JSON value')
    .exitOverride()
    .action(run(listWorkflows))
  workflows
    .command('retry')
    .description('Gives a parked run another chance')
    .argument('<id>', 'of the run')
    .option('--json', 'print one JSON value')
    .exitOverride()
    .action(run(retryWorkflow))
  add('schema', 'Lists the collections with their fields').action(run(schema))
  return program
}

/** An empty text is no value of any option or argument. */
function refuseEmpty(command: Command): void {
  for (const [name, value] of Object.entries(command.opts<Record<string, unknown>>()))
    if (typeof value === 'string' && value.trim() === '')
      throw new WrongUse(
        `--${command.options.find((option) => option.attributeName() === name)?.name() ?? name} is empty: give a text.`,
      )
  const empty = command.args.findIndex((text) => text.trim() === '')
  if (empty !== -1) throw new WrongUse(`<${command.registeredArguments[empty]?.name()}> is empty: give a text.`)
}
