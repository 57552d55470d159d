import { LiveCounts } from '../components/home/live-counts.tsx'
import { ButtonLink } from '../components/ui/button.tsx'
import { currentSession } from '../server/session.ts'

const STEPS = [
  {
    title: 'Buy credits',
    text: 'Pay once, by card. The balance in the header rises while you look at it, in every open tab.',
  },
  {
    title: 'Ask',
    text: 'See the most a question can cost before you send it, and what it has cost while the answer streams.',
  },
  {
    title: 'Keep the receipt',
    text: 'Stop when you like. Each answer leaves a receipt that equals, to the last digit, what was taken.',
  },
]

export default async function Home() {
  const session = await currentSession()
  return (
    <div className="py-10 sm:py-20">
      <h1 className="max-w-2xl text-balance font-semibold text-4xl tracking-tight sm:text-5xl">
        Answers that show what they cost, as they are written.
      </h1>
      <p className="mt-6 max-w-xl text-lg text-muted">
        Tillwire sells AI answers by the credit. Every slice of an answer is paid as it streams, and it stops, cleanly,
        when your credits do.
      </p>
      <div className="mt-8 flex flex-wrap gap-3">
        {session ? (
          <>
            <ButtonLink variant="primary" href="/chat">
              Ask a question
            </ButtonLink>
            <ButtonLink href="/dashboard">Go to your dashboard</ButtonLink>
          </>
        ) : (
          <ButtonLink variant="primary" href="/sign-up">
            Sign up
          </ButtonLink>
        )}
      </div>
      <LiveCounts />
      <ol className="mt-16 grid gap-px overflow-hidden rounded-md border bg-line sm:grid-cols-3">
        {STEPS.map(({ title, text }, index) => (
          <li key={title} className="bg-surface p-5">
            <p className="font-mono text-faint text-sm">{index + 1}</p>
            <h2 className="mt-2 font-medium">{title}</h2>
            <p className="mt-1 text-muted text-sm">{text}</p>
          </li>
        ))}
      </ol>
    </div>
  )
}
