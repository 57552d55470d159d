'use client'

import { useMutation } from '@tanstack/react-query'
import { useRef } from 'react'
import { codeOf, useTRPC } from '../../trpc.ts'
import { usePageRestored, useTabReturn } from '../ui/use-page-restored.ts'

interface Checkout {
  buy(pack: string): void
  /** Whether the page to pay on is being asked for. */
  readonly isPending: boolean
  /** The page to pay on, once the browser is on its way there. */
  readonly url: string | null
  readonly error: { readonly message: string } | null
}

/**
 * Goes to the page to pay on. A pack has one key until this page or tab is left: a second click, and one after a lost
 * answer or a stopped navigation, ask for the same checkout.
 */
export function useCheckout(): Checkout {
  const trpc = useTRPC()
  const keys = useRef(new Map<string, string>())
  const checkout = useMutation(
    trpc.credits.checkout.mutationOptions({
      onSuccess: ({ url }) => window.location.assign(url),
      onError: (error, { pack }) => {
        // It was decided, and the same key would be told the same again.
        if (codeOf(error) !== null) keys.current.delete(pack)
      },
    }),
  )
  const beginAnew = () => {
    keys.current.clear()
    checkout.reset()
  }
  usePageRestored(beginAnew)
  // The page to pay on may have been opened, and paid, in the other tab.
  useTabReturn(() => !checkout.isPending && beginAnew())
  return {
    buy(pack) {
      const key = keys.current.get(pack) ?? crypto.randomUUID()
      keys.current.set(pack, key)
      checkout.mutate({ pack, key })
    },
    isPending: checkout.isPending,
    url: checkout.data?.url ?? null,
    error: checkout.error,
  }
}
