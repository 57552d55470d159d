#!/usr/bin/env node
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type StripeEmulatorOptions, startStripeEmulator } from '../src/index.ts'

const DEFAULT_PORT = '4242'

function readPort(): number {
  const text = process.env.STRIPE_EMULATOR_PORT ?? DEFAULT_PORT
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new Error(`STRIPE_EMULATOR_PORT is "${text}": it must be a port from 0 to 65535.`)
}

function readList(name: string): string[] {
  return (process.env[name] ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function readOptions(): StripeEmulatorOptions {
  const folder = process.env.DATA_DIR ?? 'data'
  mkdirSync(folder, { recursive: true })
  const [webhookSecret] = readList('STRIPE_WEBHOOK_SECRET')
  return {
    port: readPort(),
    host: process.env.HOST ?? '127.0.0.1',
    database: join(folder, 'stripe-emulator.db'),
    webhookUrls: readList('STRIPE_EMULATOR_WEBHOOK_URLS'),
    ...(webhookSecret === undefined ? {} : { webhookSecret }),
  }
}

function sentenceFor(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (!('code' in error && 'syscall' in error && error.syscall === 'listen')) return error.message
  const port = process.env.STRIPE_EMULATOR_PORT ?? DEFAULT_PORT
  if (error.code === 'EADDRINUSE') return `Port ${port} is in use: set STRIPE_EMULATOR_PORT to a free port.`
  if (error.code === 'EACCES') return `Port ${port} is not allowed: set STRIPE_EMULATOR_PORT to a port above 1023.`
  return error.message
}

try {
  const emulator = await startStripeEmulator(readOptions())
  let ending = false
  const end = async () => {
    if (ending) return
    ending = true
    await emulator.close()
    process.exit(0)
  }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
  process.on('disconnect', end)
  process.channel?.unref()
  process.stdout.write(`Stripe emulator at ${emulator.url}\n`)
  process.send?.({ type: 'ready', port: emulator.port })
} catch (error) {
  process.stderr.write(`stripe-emulator: ${sentenceFor(error)}\n`)
  process.exit(1)
}
