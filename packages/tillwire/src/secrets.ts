import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { TillwireError } from './core/index.ts'

const FILE = 'secrets.json'
const PRIVATE = 0o600

const shape = z.object({
  authSecret: z.string().min(32),
  encryptionKeys: z.string().min(1),
  stripeWebhookSecret: z.string().min(1),
  demoPassword: z.string().min(8),
})
/** Secrets that local mode makes once and keeps, readable by their owner only. */
export type LocalSecrets = z.infer<typeof shape>

/** `secrets.json` is there but cannot be used. Its content is never part of the message. */
export class InvalidSecretsFile extends TillwireError {
  static override readonly code = 'invalid_secrets_file'
  constructor(file: string) {
    super(
      InvalidSecretsFile.code,
      `${file} cannot be read: repair it from a backup. Without it, encrypted data stays unreadable.`,
      {
        details: { file },
      },
    )
  }
}

/**
 * The secrets of `folder`, which is there, made on the first call. Of two processes that make them at once, one wins and
 * both return the same.
 */
export function localSecrets(folder: string): LocalSecrets {
  const file = join(folder, FILE)
  return read(file) ?? create(file)
}

/** Secrets for a store that ends with the process. */
export function passingSecrets(): LocalSecrets {
  return {
    authSecret: randomBytes(32).toString('base64url'),
    encryptionKeys: `k1:${randomBytes(32).toString('base64')}`,
    stripeWebhookSecret: `whsec_${randomBytes(24).toString('hex')}`,
    demoPassword: randomBytes(9).toString('base64url'),
  }
}

function create(file: string): LocalSecrets {
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(draft, `${JSON.stringify(passingSecrets(), null, 2)}\n`, { mode: PRIVATE, flush: true })
  try {
    linkSync(draft, file) // fails when the file is there: the first process to link wins
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
  const made = read(file)
  if (!made) throw new InvalidSecretsFile(file)
  return made
}

function read(file: string): LocalSecrets | null {
  let text: string
  try {
    // A pipe would be waited for.
    if (!statSync(file).isFile()) throw new InvalidSecretsFile(file)
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new InvalidSecretsFile(file)
  }
  try {
    return shape.parse(JSON.parse(text))
  } catch {
    throw new InvalidSecretsFile(file)
  }
}
