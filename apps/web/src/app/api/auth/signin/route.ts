import { redirect } from 'next/navigation'

/** Where next-auth has its sign-in page; kept for links to it. */
export function GET(): never {
  redirect('/sign-in')
}
