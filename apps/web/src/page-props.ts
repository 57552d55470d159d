/** What Next gives a page without a dynamic path. */
export interface SearchProps {
  readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>>
}
