import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { mails } from 'tillwire/sessions'
import { Empty, PageHeading } from '../../../components/ui/panel.tsx'
import { settings, tillwire } from '../../../server/tillwire.ts'

export const metadata: Metadata = { title: 'Mail' }

const NEWEST = 50

/** Local mode's letter box: mail that would have been sent. */
export default async function MailPage() {
  if (settings().mode !== 'local') notFound()
  const { store } = await tillwire()
  const { items: letters } = await store.collection(mails).find({ orderBy: { createdAt: 'desc' }, limit: NEWEST })
  return (
    <>
      <PageHeading title="Mail">Kept here in local mode instead of being sent. Reload to see new ones.</PageHeading>
      {letters.length === 0 ? (
        <div className="rounded-md border bg-surface">
          <Empty>No mail yet. Ask for a sign-in link, and it lands here.</Empty>
        </div>
      ) : (
        <ul className="space-y-4">
          {letters.map(({ id, to, subject, text, link, createdAt }) => (
            <li key={id} className="rounded-md border bg-surface p-4">
              <h2 className="break-words font-medium">{subject}</h2>
              <p className="break-words text-muted text-sm">
                to {to}, <time dateTime={createdAt}>{createdAt.replace('T', ' ').slice(0, 19)} UTC</time>
              </p>
              <p className="mt-3 whitespace-pre-wrap break-words text-sm">{text}</p>
              {link && (
                <a href={link} className="mt-3 inline-block text-accent text-sm underline underline-offset-2">
                  Open the link
                </a>
              )}
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
