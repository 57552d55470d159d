'use client'

import { LogOut } from 'lucide-react'
import dynamic from 'next/dynamic'
import { usePathname } from 'next/navigation'
import { Button, ButtonLink } from '../ui/button.tsx'
import { PageLink } from '../ui/page-link.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { GoTo } from './go-to.tsx'
import { PAGES } from './pages.ts'
import { useSession } from './signed-in.tsx'

const AUTH_PAGES = ['/sign-in', '/sign-up']
const BalanceChip = dynamic(() => import('../balance/balance-chip.tsx').then((module) => module.BalanceChip), {
  loading: () => <Skeleton className="h-9 w-28" />,
})

export function Header() {
  const { session, signOut } = useSession()
  const path = usePathname()
  return (
    <header className="sticky top-0 z-20 border-b bg-page">
      <div className="mx-auto flex h-14 max-w-5xl items-center gap-2 px-4 sm:gap-4">
        <PageLink href={session ? '/dashboard' : '/'} className="flex items-center gap-2 rounded-md font-semibold">
          <Mark />
          <span className={session ? 'max-lg:sr-only' : ''}>Tillwire</span>
        </PageLink>
        {session ? (
          <>
            <Navigation path={path} />
            <div className="ml-auto flex items-center gap-1.5">
              <GoTo />
              <BalanceChip />
              <Button variant="quiet" className="max-lg:w-9 max-lg:px-0" onClick={signOut}>
                <LogOut size={16} aria-hidden="true" />
                <span className="max-lg:sr-only">Sign out</span>
              </Button>
            </div>
          </>
        ) : (
          !AUTH_PAGES.includes(path) && (
            <ButtonLink href="/sign-in" variant="quiet" className="ml-auto">
              Sign in
            </ButtonLink>
          )
        )}
      </div>
    </header>
  )
}

/** In the header; on a phone, a bar at the lower edge, where thumbs are. */
function Navigation({ path }: { path: string }) {
  return (
    <nav
      aria-label="Pages"
      className="max-sm:fixed max-sm:inset-x-0 max-sm:bottom-0 max-sm:z-20 max-sm:border-t max-sm:bg-surface max-sm:pb-[env(safe-area-inset-bottom)]"
    >
      <ul className="flex max-sm:h-14 sm:gap-1">
        {PAGES.map(({ href, title, icon: Icon }) => (
          <li key={href} className="max-sm:flex-1">
            <PageLink
              href={href}
              aria-current={path === href ? 'page' : undefined}
              className="flex items-center rounded-md text-muted text-sm transition-colors hover:text-text aria-[current]:font-medium aria-[current]:text-text max-sm:h-full max-sm:flex-col max-sm:justify-center max-sm:gap-0.5 max-sm:text-xs sm:h-9 sm:px-3 sm:hover:bg-sunken sm:aria-[current]:bg-sunken"
            >
              <Icon size={18} aria-hidden="true" className="sm:hidden" />
              {title}
            </PageLink>
          </li>
        ))}
      </ul>
    </nav>
  )
}

function Mark() {
  return (
    <svg width="24" height="24" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#0f766e" />
      <path d="M7 12h18M16 12v12" stroke="#fff" strokeWidth="3" strokeLinecap="round" />
      <circle cx="25" cy="20" r="3" fill="#5eead4" />
    </svg>
  )
}
