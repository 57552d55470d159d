import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { DecryptionFailed } from '../errors.ts'
import type { EncryptionKeys } from '../types.ts'
import { checkEncryptionKeys, KEY_BYTES } from './keys.ts'

const IV_BYTES = 12
const TAG_BYTES = 16

/** An encrypted value in a stored document; `index` is the blind index of a searchable field. */
export interface Sealed {
  /** `keyId.base64url(iv, tag, ciphertext)`. */
  readonly sealed: string
  readonly index?: string
}

/** Where a value belongs; bound into its encryption, so that it cannot be moved elsewhere. */
export interface SealPlace {
  readonly collection: string
  readonly field: string
  readonly id: string
}

/**
 * AES-256-GCM with the key's id in the value and its place as associated data. A searchable value
 * also gets an HMAC under a key derived for its field: equal texts of one field have equal indexes.
 */
export class Encryption {
  readonly #keys: ReadonlyMap<string, Uint8Array>
  readonly #first: { readonly id: string; readonly key: Uint8Array }
  readonly #indexKeys = new Map<string, Buffer[]>()

  /** @throws InvalidEncryptionKeys */
  constructor(keys: EncryptionKeys) {
    checkEncryptionKeys(keys)
    this.#keys = new Map(keys.map(({ id, key }) => [id, key]))
    this.#first = keys[0] as { id: string; key: Uint8Array }
  }

  /** Whether older keys are read beside the first. */
  get hasOlderKeys(): boolean {
    return this.#keys.size > 1
  }

  seal(value: unknown, place: SealPlace, searchable: boolean): Sealed {
    const iv = randomBytes(IV_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#first.key, iv, { authTagLength: TAG_BYTES })
    cipher.setAAD(associatedData(place))
    const text = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()])
    const sealed = `${this.#first.id}.${Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url')}`
    if (!searchable) return { sealed }
    return { sealed, index: this.blindIndexes(String(value), place)[0] as string }
  }

  /** @throws DecryptionFailed */
  open(value: unknown, place: SealPlace): unknown {
    const fail = (reason: string) => new DecryptionFailed({ ...place, reason })
    const sealed = typeof value === 'object' && value !== null && 'sealed' in value ? value.sealed : null
    if (typeof sealed !== 'string') throw fail('it is not an encrypted value')
    const dot = sealed.indexOf('.')
    const keyId = sealed.slice(0, dot)
    const key = this.#keys.get(keyId)
    if (!key) throw fail(`there is no key "${keyId}"`)
    const bytes = Buffer.from(sealed.slice(dot + 1), 'base64url')
    if (bytes.length < IV_BYTES + TAG_BYTES) throw fail('it was cut')
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
      decipher.setAAD(associatedData(place))
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
      const text = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()])
      return JSON.parse(text.toString('utf8'))
    } catch {
      throw fail(`the key "${keyId}" is not the one it was encrypted with, or it was altered`)
    }
  }

  /** The blind index of a text under each key, the first key's first. */
  blindIndexes(text: string, place: Omit<SealPlace, 'id'>): string[] {
    return this.#indexKeysOf(place).map((key) => createHmac('sha256', key).update(text).digest('base64url'))
  }

  #indexKeysOf({ collection, field }: Omit<SealPlace, 'id'>): Buffer[] {
    const purpose = `tillwire/blind-index/${collection}/${field}`
    const known = this.#indexKeys.get(purpose)
    if (known) return known
    const derived = [...this.#keys.values()].map((key) => Buffer.from(hkdfSync('sha256', key, '', purpose, KEY_BYTES)))
    this.#indexKeys.set(purpose, derived)
    return derived
  }
}

function associatedData({ collection, field, id }: SealPlace): Buffer {
  return Buffer.from(JSON.stringify([collection, field, id]))
}
