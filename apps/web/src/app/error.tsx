'use client'

import { Button } from '../components/ui/button.tsx'

export default function PageError() {
  return (
    <div role="alert" className="mx-auto max-w-sm py-20 text-center">
      <h1 className="font-semibold text-xl tracking-tight">This page could not be shown</h1>
      <p className="mt-2 mb-6 text-muted">Something went wrong on our side. Nothing of yours is lost.</p>
      <Button variant="primary" onClick={() => window.location.reload()}>
        Try again
      </Button>
    </div>
  )
}
