'use client'

import { useTheme } from 'next-themes'
import { useSyncExternalStore } from 'react'
import { Panel } from '../ui/panel.tsx'

const THEMES = [
  { value: 'system', title: 'As the system' },
  { value: 'light', title: 'Light' },
  { value: 'dark', title: 'Dark' },
]
const never = () => () => {}

export function Appearance() {
  const { theme, setTheme } = useTheme()
  // The choice is kept in the browser: the server cannot know it.
  const isBrowser = useSyncExternalStore(
    never,
    () => true,
    () => false,
  )
  return (
    <Panel title="Appearance">
      <fieldset className="flex flex-wrap gap-x-6 gap-y-2 text-sm">
        <legend className="sr-only">Theme</legend>
        {THEMES.map(({ value, title }) => (
          <label key={value} className="flex h-9 items-center gap-2">
            <input
              type="radio"
              name="theme"
              className="size-4 accent-accent"
              checked={isBrowser && theme === value}
              onChange={() => setTheme(value)}
            />
            {title}
          </label>
        ))}
      </fieldset>
    </Panel>
  )
}
