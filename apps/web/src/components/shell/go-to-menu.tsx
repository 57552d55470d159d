'use client'

import { LogOut, type LucideIcon, Moon, Sun, SunMoon } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTheme } from 'next-themes'
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import { isComposing } from '../ui/is-composing.ts'
import { PAGES } from './pages.ts'
import { useSession } from './signed-in.tsx'

interface Choice {
  readonly title: string
  readonly icon: LucideIcon
  run(): void
}

/** Every page and a few actions, found by typing. */
export function GoToMenu({ onClose }: { onClose: () => void }) {
  const router = useRouter()
  const { setTheme } = useTheme()
  const { signOut } = useSession()
  const dialog = useRef<HTMLDialogElement>(null)
  const [text, setText] = useState('')
  const [active, setActive] = useState(0)
  const list = useId()
  useEffect(() => dialog.current?.showModal(), [])

  const choices: Choice[] = [
    ...PAGES.map(({ href, title, icon }) => ({ title, icon, run: () => router.push(href) })),
    { title: 'Light theme', icon: Sun, run: () => setTheme('light') },
    { title: 'Dark theme', icon: Moon, run: () => setTheme('dark') },
    { title: 'System theme', icon: SunMoon, run: () => setTheme('system') },
    { title: 'Sign out', icon: LogOut, run: signOut },
  ]
  const found = choices.filter(({ title }) => title.toLowerCase().includes(text.trim().toLowerCase()))
  const current = Math.min(active, found.length - 1)
  const choose = (choice: Choice | undefined) => {
    if (!choice) return
    choice.run()
    onClose()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event.nativeEvent)) return
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step && found.length > 0) setActive((current + step + found.length) % found.length)
    else if (event.key === 'Enter') choose(found[current])
    else return
    event.preventDefault()
  }

  return (
    <dialog
      ref={dialog}
      aria-label="Go to"
      onClose={onClose}
      onClick={(event) => event.target === event.currentTarget && onClose()}
      onKeyDown={onKeyDown}
      className="mx-auto mt-[15vh] w-[min(28rem,calc(100vw-2rem))] motion-safe:animate-appear overflow-hidden rounded-md border bg-surface text-text shadow-xl backdrop:bg-black/40"
    >
      <input
        role="combobox"
        aria-label="Go to"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={found.length > 0 ? `${list}-${current}` : undefined}
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setActive(0)
        }}
        placeholder="Go to a page, or change the theme"
        className="h-12 w-full border-b bg-transparent px-4 outline-none placeholder:text-faint"
      />
      <div role="listbox" id={list} aria-label="Choices" className="max-h-80 overflow-y-auto p-1.5">
        {found.map((choice, index) => (
          <div
            key={choice.title}
            role="option"
            id={`${list}-${index}`}
            tabIndex={-1}
            aria-selected={index === current}
            onPointerMove={() => setActive(index)}
            onClick={() => choose(choice)}
            onKeyDown={(event) => event.key === 'Enter' && choose(choice)}
            className="flex h-9 cursor-pointer items-center gap-3 rounded-md px-3 text-sm aria-selected:bg-sunken"
          >
            <choice.icon size={16} aria-hidden="true" className="text-muted" />
            {choice.title}
          </div>
        ))}
        {found.length === 0 && <p className="px-3 py-2 text-muted text-sm">Nothing is called that.</p>}
      </div>
    </dialog>
  )
}
