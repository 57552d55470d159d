import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { InvalidEncryptionKeys } from '../errors.ts'
import { parseEncryptionKeys } from './keys.ts'

const base64 = (size: number) => randomBytes(size).toString('base64')

it('reads keys in order', () => {
  const [a, b] = [randomBytes(32), randomBytes(32)]
  expect(parseEncryptionKeys(`k2:${a.toString('base64')}, k1:${b.toString('base64url')}`)).toEqual([
    { id: 'k2', key: new Uint8Array(a) },
    { id: 'k1', key: new Uint8Array(b) },
  ])
})

const good = base64(32)
it.each([
  ['', /entry 1 is not written as keyId:base64key/],
  [`${good}`, /entry 1 is not written/],
  [`k1:${good},`, /entry 2 is not written/],
  [`:${good}`, /entry 1 has a key id/],
  [`k 1:${good}`, /entry 1 has a key id/],
  [`k1:${good},k2:${base64(16)}`, /"k2" has 16 bytes and needs 32/],
  [`k1:${good.slice(0, 20)}!${good.slice(21)}`, /entry 1 \("k1"\) is not base64/],
  [`k1:${good},k1:${base64(32)}`, /the key id "k1" is there twice/],
])('says what is wrong with %#, never the key', (text, message) => {
  const parse = () => parseEncryptionKeys(text)
  expect(parse).toThrow(message)
  expect(parse).toThrow(expect.objectContaining({ code: InvalidEncryptionKeys.code }))
  expect(parse).not.toThrow(good.slice(0, 20))
})
