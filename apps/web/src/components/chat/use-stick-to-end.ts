'use client'

import { type RefObject, useEffect, useRef } from 'react'

const NEAR_PX = 160

/** Keeps the end of the page in view while the element grows, unless the reader has scrolled up. */
export function useStickToEnd(): RefObject<HTMLDivElement | null> {
  const growing = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const page = document.documentElement
    let isNear = true
    const onScroll = () => {
      isNear = page.scrollHeight - page.scrollTop - page.clientHeight < NEAR_PX
    }
    const observer = new ResizeObserver(() => {
      if (isNear) page.scrollTo({ top: page.scrollHeight })
    })
    if (growing.current) observer.observe(growing.current)
    document.addEventListener('scroll', onScroll, { passive: true })
    return () => {
      observer.disconnect()
      document.removeEventListener('scroll', onScroll)
    }
  }, [])
  return growing
}
