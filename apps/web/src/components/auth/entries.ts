/**
 * What stands in a form's fields. The fields keep their own text: what a person, or their password
 * manager, wrote before the page's script ran is there as well.
 */
export function entriesOf(form: HTMLFormElement | null): { name: string; email: string; password: string } {
  const entries = form ? new FormData(form) : new FormData()
  const text = (name: string) => String(entries.get(name) ?? '')
  return { name: text('name'), email: text('email'), password: text('password') }
}
