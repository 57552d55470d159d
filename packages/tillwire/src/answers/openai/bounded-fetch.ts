/** The most of an error's body that is read, in bytes: its envelope is at its beginning. */
const MOST_ERROR_BYTES = 64 * 1024

/** `fetch`, but the body of an error is read up to a bound alone, whatever a provider sends. */
export const boundedFetch: typeof fetch = async (...request) => {
  const response = await fetch(...request)
  if (response.ok || !response.body) return response
  const { status, statusText, headers } = response
  return new Response(await beginningOf(response.body), { status, statusText, headers })
}

async function beginningOf(body: ReadableStream<Uint8Array>): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  for await (const part of body) {
    parts.push(new Uint8Array(part))
    size += part.length
    if (size > MOST_ERROR_BYTES) break
  }
  return new Blob(parts)
}
