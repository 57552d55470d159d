import { ButtonLink } from '../components/ui/button.tsx'

export default function NotFound() {
  return (
    <div className="mx-auto max-w-sm py-20 text-center">
      <h1 className="font-semibold text-xl tracking-tight">There is no such page</h1>
      <p className="mt-2 mb-6 text-muted">The address may have a mistake, or the page has moved.</p>
      <ButtonLink variant="primary" href="/">
        Go to the front page
      </ButtonLink>
    </div>
  )
}
