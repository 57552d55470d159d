/** A secret as it may turn up: as it is, or packed into something else. */
export interface Form {
  readonly name: string
  readonly bytes: Buffer
}

/** Shorter ones would be found by chance. */
const LEAST_BYTES = 8
const CARD_NUMBER = /^\d{4}(?:[ -]?\d{4}){3}$/

/** Every form of a secret that is looked for. */
export function formsOf(secret: string): Form[] {
  const forms = new Map<string, Form>()
  for (const text of spellingsOf(secret)) {
    for (const [name, packed] of packingsOf(text)) {
      const bytes = Buffer.from(packed)
      if (bytes.length < LEAST_BYTES) throw new Error(`A secret of ${bytes.length} bytes cannot be looked for`)
      if (!forms.has(packed)) forms.set(packed, { name, bytes })
    }
  }
  return [...forms.values()]
}

/** A card number is one secret however its digits are grouped. */
function spellingsOf(secret: string): string[] {
  if (!CARD_NUMBER.test(secret)) return [secret]
  const groups = secret.match(/\d{4}/g) ?? []
  return ['', ' ', '-'].map((between) => groups.join(between))
}

function packingsOf(text: string): [name: string, packed: string][] {
  const bytes = Buffer.from(text)
  const inUrl = encodeURIComponent(text)
  return [
    ['in clear', text],
    ['in JSON', JSON.stringify(text).slice(1, -1)],
    ['in JSON within JSON', JSON.stringify(JSON.stringify(text)).slice(3, -3)],
    ['in HTML', text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')],
    ['in a URL', inUrl],
    ['in a URL, small letters', inUrl.replaceAll(/%../g, (packed) => packed.toLowerCase())],
    ['in a form', inUrl.replaceAll('%20', '+')],
    ['in hex', bytes.toString('hex')],
    ['in HEX', bytes.toString('hex').toUpperCase()],
    ...[0, 1, 2].flatMap((before): [string, string][] => [
      ['in base64', inBase64(bytes, before, 'base64')],
      ['in base64url', inBase64(bytes, before, 'base64url')],
    ]),
  ]
}

/** The characters that only these bytes decide, wherever in a longer text they begin: after 0, 1 or 2 others of three. */
function inBase64(bytes: Buffer, before: number, alphabet: 'base64' | 'base64url'): string {
  const whole = Buffer.concat([Buffer.alloc(before), bytes]).toString(alphabet)
  return whole.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
}
