/** Holds the place of what is on its way. Give it the size of what will come. */
export function Skeleton({ className = '' }: { className?: string }) {
  return <span aria-hidden="true" className={`block motion-safe:animate-pulse-soft rounded-md bg-line ${className}`} />
}

/** Rows of a list on their way, and the words for who cannot see them. */
export function SkeletonRows({ rows, height = 'h-11' }: { rows: number; height?: string }) {
  return (
    <div role="status" className="divide-y">
      <span className="sr-only">Loading</span>
      {Array.from({ length: rows }, (_, row) => `row-${row}`).map((row) => (
        <div key={row} className={`flex items-center justify-between px-4 ${height}`}>
          <Skeleton className="h-3.5 w-2/5" />
          <Skeleton className="h-3.5 w-16" />
        </div>
      ))}
    </div>
  )
}
