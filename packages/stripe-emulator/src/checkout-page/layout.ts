import type { Reply } from '../http/answer.ts'
import { randomText } from '../ids.ts'
import { type Html, html } from './html.ts'
import { STYLE } from './style.ts'

/** A whole page. It has no script, takes nothing from elsewhere and is never cached or framed. */
export function page(title: string, body: Html, status = 200): Reply {
  const nonce = randomText(16)
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<p class="notice"><strong>Test mode</strong> This page is a local Stripe emulator. No money moves, no card number is kept.</p>
${body}
</body>
</html>
`
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      // No form-action: browsers apply it to the redirect after a payment, which goes to the shop.
      'content-security-policy': `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; frame-ancestors 'none'`,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
    body: document.text,
  }
}

/** A page that only says something, with one link at most. */
export function message(title: string, sentence: string, link?: { href: string; text: string }, status = 200): Reply {
  return page(
    title,
    html`<main class="single">
<h1>${title}</h1>
<p>${sentence}</p>
${link === undefined ? undefined : html`<p><a class="button" href="${link.href}">${link.text}</a></p>`}
</main>`,
    status,
  )
}
