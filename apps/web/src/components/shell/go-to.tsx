'use client'

import { Search } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useEffect, useState } from 'react'
import { Button } from '../ui/button.tsx'

const GoToMenu = dynamic(() => import('./go-to-menu.tsx').then((module) => module.GoToMenu))

/** Opens the go-to menu, by Ctrl or Cmd and K too. The menu is loaded when it is first wanted. */
export function GoTo() {
  const [open, setOpen] = useState(false)
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey)) return
      event.preventDefault()
      setOpen((was) => !was)
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
  return (
    <>
      <Button
        variant="quiet"
        className="px-2.5 max-sm:hidden"
        aria-label="Go to"
        aria-keyshortcuts="Control+K Meta+K"
        title="Go to (Ctrl K)"
        onClick={() => setOpen(true)}
      >
        <Search size={16} aria-hidden="true" />
      </Button>
      {open && <GoToMenu onClose={() => setOpen(false)} />}
    </>
  )
}
