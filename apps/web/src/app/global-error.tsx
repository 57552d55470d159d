'use client'

import './globals.css'

/** When not even the frame of the pages can be rendered: the store is away, or a setting is wrong. */
export default function GlobalError() {
  return (
    <html lang="en">
      <body className="grid min-h-dvh place-items-center p-6">
        <title>Tillwire is not available</title>
        <main role="alert" className="max-w-sm text-center">
          <h1 className="font-semibold text-xl tracking-tight">Tillwire is not available right now</h1>
          <p className="mt-2 mb-6 text-muted">Nothing of yours is lost: try again in a moment.</p>
          <button
            type="button"
            className="h-9 rounded-md bg-accent px-4 font-medium text-on-accent text-sm"
            onClick={() => window.location.reload()}
          >
            Try again
          </button>
        </main>
      </body>
    </html>
  )
}
