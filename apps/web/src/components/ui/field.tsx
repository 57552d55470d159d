import { type ComponentProps, useId } from 'react'
import { isComposing } from './is-composing.ts'

export const CONTROL =
  'h-9 w-full rounded-md border border-line-strong bg-surface px-3 text-base placeholder:text-faint disabled:opacity-60'

/** A labelled text field; what is wrong with it is said below it. */
export function Field({ label, error, ...props }: ComponentProps<'input'> & { label: string; error?: string | null }) {
  const id = useId()
  return (
    <div className="space-y-1.5">
      <label htmlFor={id} className="block text-sm font-medium">
        {label}
      </label>
      <input
        id={id}
        className={CONTROL}
        // Enter that ends a composition does not send the form.
        onKeyDown={(event) => event.key === 'Enter' && isComposing(event.nativeEvent) && event.preventDefault()}
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? `${id}-error` : undefined}
        {...props}
      />
      {error && (
        <p id={`${id}-error`} role="alert" className="text-danger text-sm">
          {error}
        </p>
      )}
    </div>
  )
}
