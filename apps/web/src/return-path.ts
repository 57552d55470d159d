const HOME = '/dashboard'
const ANY_ORIGIN = 'http://page.invalid'

/** Where to go after signing in: `value` when it is a page of this site, else the dashboard. */
export function safeReturnPath(value: string | string[] | undefined | null): string {
  if (typeof value !== 'string' || !value.startsWith('/') || !URL.canParse(value, ANY_ORIGIN)) return HOME
  const url = new URL(value, ANY_ORIGIN)
  const loops = /^\/(sign-in|sign-up|api)(\/|$)/.test(url.pathname)
  // The address that is left can start with "//" only after a path like "/.//", which a browser takes for a host.
  if (url.origin !== ANY_ORIGIN || loops || url.pathname.startsWith('//')) return HOME
  return `${url.pathname}${url.search}${url.hash}`
}

/** The sign-in page that comes back to `path`. */
export function signInPath(path: string): string {
  return path === HOME ? '/sign-in' : `/sign-in?next=${encodeURIComponent(path)}`
}
