'use client'

import { Streamdown } from 'streamdown'

/** An answer's Markdown, also half written. */
export function Markdown({ text, streaming = false }: { text: string; streaming?: boolean }) {
  return (
    <Streamdown mode={streaming ? 'streaming' : 'static'} controls={false}>
      {text}
    </Streamdown>
  )
}
