import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { SignUpForm } from '../../components/auth/sign-up-form.tsx'
import type { SearchProps } from '../../page-props.ts'
import { safeReturnPath } from '../../return-path.ts'
import { currentSession } from '../../server/session.ts'

export const metadata: Metadata = { title: 'Sign up' }

export default async function SignUpPage({ searchParams }: SearchProps) {
  const next = safeReturnPath((await searchParams).next)
  if (await currentSession()) redirect(next)
  return <SignUpForm next={next} />
}
