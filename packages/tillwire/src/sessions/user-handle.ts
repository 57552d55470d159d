import { z } from 'zod'
import { shorten, textProblem } from '../core/index.ts'

/** Longest e-mail address that is taken, in characters. */
export const MAX_ADDRESS = 320

const IGNORABLE = /\p{Default_Ignorable_Code_Point}/gu
const SEEN = /[^\p{Default_Ignorable_Code_Point}\p{Cc}\p{Z}\u2800]/u
const NOT_ASCII = /[^\p{ASCII}]/u

/**
 * The form of a username that nobody else may have: two usernames that read alike (in letter case, width or
 * composition, or by characters that are not seen) are one. What was given is kept beside it, and shown.
 * @example foldUsername('ＢＯＢ') === foldUsername('bob')
 */
export function foldUsername(username: string): string {
  // Upper case first, because some letters have two lower forms; composed again, because case takes letters apart.
  const plain = username.normalize('NFKC').replace(IGNORABLE, '')
  return plain.toUpperCase().toLowerCase().normalize('NFKC').trim()
}

/** Whether a text has a character that can be seen: not spaces, controls and what has no form alone. */
export function isSeen(text: string): boolean {
  return SEEN.test(text)
}

/**
 * An e-mail address in lower case. Only the letters A to Z are changed: another letter that a folding would turn
 * into one of them (the Kelvin sign) stays what it is, and is refused as no part of an address.
 */
export function foldAddress(address: string): string {
  return address.trim().replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

/** An e-mail address as it is kept: plain letters, in lower case. What is wrong is said by name. */
export const emailAddress = z
  .string()
  .transform(foldAddress)
  .superRefine((address, context) => {
    const message = addressProblem(address)
    if (message !== null) context.addIssue({ code: 'custom', message })
  })

function addressProblem(address: string): string | null {
  if (address.length > MAX_ADDRESS) return `it may have at most ${MAX_ADDRESS} characters`
  const problem = textProblem(address)
  if (problem !== null) return `it ${problem}`
  const odd = NOT_ASCII.exec(address)?.[0]
  if (odd !== undefined) return `"${odd}" (U+${codePoint(odd)}) is no letter of an e-mail address`
  return z.email().safeParse(address).success ? null : `"${shorten(address, 50)}" is no e-mail address`
}

function codePoint(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
}
