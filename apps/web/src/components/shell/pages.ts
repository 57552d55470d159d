import { CreditCard, LayoutDashboard, type LucideIcon, MessageSquareText, UserRound } from 'lucide-react'

export interface PageLink {
  readonly href: string
  readonly title: string
  readonly icon: LucideIcon
}

/** The pages of someone who is signed in, in the order of the navigation. */
export const PAGES: readonly PageLink[] = [
  { href: '/dashboard', title: 'Dashboard', icon: LayoutDashboard },
  { href: '/chat', title: 'Chat', icon: MessageSquareText },
  { href: '/credits', title: 'Credits', icon: CreditCard },
  { href: '/account', title: 'Account', icon: UserRound },
]
