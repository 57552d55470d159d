import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'

/** scrypt at 32 MB and roughly 80 ms, on libuv's threads. */
const COST = 2 ** 15
const BLOCK_SIZE = 8
const MAX_MEMORY = 64 * 2 ** 20
const SALT_BYTES = 16
const HASH_BYTES = 32
const STORED = /^\$scrypt\$n=32768,r=8,p=1\$([A-Za-z0-9_-]{22})\$([A-Za-z0-9_-]{43})$/

/** A salted hash of a text, as a `hashed` field keeps it. */
export async function hashText(plain: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const hash = await derive(plain, salt)
  return `$scrypt$n=${COST},r=${BLOCK_SIZE},p=1$${salt.toString('base64url')}$${hash.toString('base64url')}`
}

/**
 * Whether a plain text is the one that a `hashed` field was made from; compares in constant time.
 * False for anything that is not such a hash.
 * @example await verifyHashed('correct horse', subscriber.password)
 */
export async function verifyHashed(plain: string, stored: string): Promise<boolean> {
  const [, salt, hash] = STORED.exec(stored) ?? []
  if (!salt || !hash) return false
  return timingSafeEqual(await derive(plain, Buffer.from(salt, 'base64url')), Buffer.from(hash, 'base64url'))
}

function derive(plain: string, salt: Buffer): Promise<Buffer> {
  const options: ScryptOptions = { N: COST, r: BLOCK_SIZE, p: 1, maxmem: MAX_MEMORY }
  return new Promise((resolve, reject) => {
    scrypt(plain.normalize('NFKC'), salt, HASH_BYTES, options, (error, key) => (error ? reject(error) : resolve(key)))
  })
}
