import type { Settings } from 'tillwire'

type Origins = Pick<Settings, 'mode' | 'webOrigin' | 'serverOrigin'>
const LOOPBACK = ['localhost', '127.0.0.1'] as const

/**
 * The server's origin for the browser that asked for `host`. In local mode someone who typed
 * 127.0.0.1 gets it for the server too: another name would be another site, and carry no cookie.
 */
export function serverOriginFor(host: string | null, { mode, serverOrigin }: Origins): string {
  const name = LOOPBACK.find((loopback) => host?.split(':')[0] === loopback)
  const url = new URL(serverOrigin)
  if (mode === 'local' && name && LOOPBACK.some((loopback) => loopback === url.hostname)) url.hostname = name
  return url.origin
}

/**
 * Whether a request that changes something comes from our own pages. A request without Origin and
 * Sec-Fetch-Site is not a browser's, and no other site can have caused it.
 */
export function isSameOrigin(headers: Headers, { mode, webOrigin }: Origins): boolean {
  const site = headers.get('sec-fetch-site')
  if (site && site !== 'same-origin') return false
  const origin = headers.get('origin')
  if (!origin) return true
  if (origin === webOrigin) return true
  return mode === 'local' && LOOPBACK.some((name) => origin === withHostname(webOrigin, name))
}

function withHostname(origin: string, hostname: string): string {
  const url = new URL(origin)
  if (LOOPBACK.some((loopback) => loopback === url.hostname)) url.hostname = hostname
  return url.origin
}
