#!/usr/bin/env node
import { type ModelEmulator, startModelEmulator } from '../src/index.ts'

const DEFAULT_PORT = '4010'

const port = readNumber('MODEL_EMULATOR_PORT', DEFAULT_PORT, 65_535)
const pace = process.env.MODEL_EMULATOR_PACE ? readNumber('MODEL_EMULATOR_PACE', '', 1_000_000) : undefined
const emulator = await start()
process.on('SIGTERM', end)
process.on('SIGINT', end)
process.on('disconnect', end)
process.channel?.unref()
process.stdout.write(`Model emulator on ${emulator.url}\n`)
process.send?.({ type: 'ready', port: emulator.port })

function readNumber(variable: string, fallback: string, most: number): number {
  const text = process.env[variable] || fallback
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 0 && value <= most) return value
  return fail(`${variable} is "${text}": give a whole number from 0 to ${most}.`)
}

async function start(): Promise<ModelEmulator> {
  try {
    return await startModelEmulator({ port, host: process.env.HOST || '127.0.0.1', pace })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    return fail(`Port ${port} is in use: stop what uses it, or set MODEL_EMULATOR_PORT to a free port.`)
  }
}

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}

async function end(): Promise<void> {
  await emulator.close()
  process.exit(0)
}
