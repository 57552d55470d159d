import { type Microcredits, parseCredits } from '../core/index.ts'
import { WrongUse } from './errors.ts'

/** An amount as it was typed, above zero. */
export function positiveAmount(text: string): Microcredits {
  const amount = parsed(text)
  if (amount === null || amount <= 0)
    throw new WrongUse(`"${text}" is not an amount: give a positive number of at most six decimals.`)
  return amount
}

/** An amount to give (above zero) or to take (below). */
export function signedAmount(text: string): Microcredits {
  const amount = parsed(text)
  if (amount === null || amount === 0)
    throw new WrongUse(`"${text}" is not an amount: give a number of at most six decimals, below zero to take.`)
  return amount
}

function parsed(text: string): Microcredits | null {
  try {
    return parseCredits(text)
  } catch {
    // told by the caller, in the words of the command line
    return null
  }
}
