import { InvalidEncryptionKeys } from '../errors.ts'
import type { EncryptionKeys } from '../types.ts'

/** AES-256. */
export const KEY_BYTES = 32
const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/

/**
 * Reads `keyId:base64key,...`; the first encrypts, all decrypt.
 * @throws InvalidEncryptionKeys that says which entry is wrong and why, never the key.
 * @example parseEncryptionKeys(process.env.ENCRYPTION_KEYS ?? '')
 */
export function parseEncryptionKeys(text: string): EncryptionKeys {
  const keys = text.split(',').map((entry, index) => {
    const where = `entry ${index + 1}`
    const colon = entry.indexOf(':')
    if (colon < 0) throw new InvalidEncryptionKeys(`${where} is not written as keyId:base64key`)
    const id = entry.slice(0, colon).trim()
    if (!KEY_ID.test(id))
      throw new InvalidEncryptionKeys(`${where} has a key id that is not 1 to 32 letters, digits, "_" or "-"`)
    const encoded = entry.slice(colon + 1).trim()
    if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(encoded)) throw new InvalidEncryptionKeys(`${where} ("${id}") is not base64`)
    return { id, key: new Uint8Array(Buffer.from(encoded, 'base64')) }
  })
  checkEncryptionKeys(keys)
  return keys
}

/** @throws InvalidEncryptionKeys unless there are keys, with distinct ids, of 32 bytes each. */
export function checkEncryptionKeys(keys: EncryptionKeys): void {
  if (keys.length === 0) throw new InvalidEncryptionKeys('there is none')
  for (const [index, { id, key }] of keys.entries()) {
    if (!KEY_ID.test(id)) throw new InvalidEncryptionKeys(`entry ${index + 1} has a malformed key id`)
    if (key.byteLength !== KEY_BYTES)
      throw new InvalidEncryptionKeys(`"${id}" has ${key.byteLength} bytes and needs ${KEY_BYTES}`)
    if (keys.findIndex((other) => other.id === id) !== index)
      throw new InvalidEncryptionKeys(`the key id "${id}" is there twice`)
  }
}
