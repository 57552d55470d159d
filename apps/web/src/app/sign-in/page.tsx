import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { SignInForm } from '../../components/auth/sign-in-form.tsx'
import type { SearchProps } from '../../page-props.ts'
import { safeReturnPath } from '../../return-path.ts'
import { currentSession } from '../../server/session.ts'

export const metadata: Metadata = { title: 'Sign in' }

export default async function SignInPage({ searchParams }: SearchProps) {
  const { next, error } = await searchParams
  const returnPath = safeReturnPath(next)
  if (await currentSession()) redirect(returnPath)
  return <SignInForm next={returnPath} linkFailed={error !== undefined} />
}
