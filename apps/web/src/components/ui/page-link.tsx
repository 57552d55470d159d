'use client'

import Link from 'next/link'
import type { ComponentProps } from 'react'
import { useSession } from '../shell/signed-in.tsx'

type PageLinkProps = Omit<ComponentProps<'a'>, 'href'> & { readonly href: string }

/**
 * A link to one of our pages. Pages are made for their reader at the moment of reading, so there is
 * nothing to fetch ahead. Once the session is over, the next page is loaded whole, and nothing of the
 * session stays.
 */
export function PageLink(props: PageLinkProps) {
  const { ended } = useSession()
  return ended ? <a {...props} /> : <Link prefetch={false} {...props} />
}
