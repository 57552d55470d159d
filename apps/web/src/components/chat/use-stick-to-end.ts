'use client'

import { type RefObject, useEffect, useRef } from 'react'

const NEAR_PX = 160

/** Keeps the end of the page in view while it grows, unless the reader has scrolled up. */
export function useStickToEnd(length: number): RefObject<HTMLDivElement | null> {
  const end = useRef<HTMLDivElement>(null)
  const isNear = useRef(true)
  useEffect(() => {
    const onScroll = () => {
      const page = document.documentElement
      isNear.current = page.scrollHeight - page.scrollTop - page.clientHeight < NEAR_PX
    }
    document.addEventListener('scroll', onScroll, { passive: true })
    return () => document.removeEventListener('scroll', onScroll)
  }, [])
  useEffect(() => {
    if (length > 0 && isNear.current) window.scrollTo({ top: document.documentElement.scrollHeight })
  }, [length])
  return end
}
