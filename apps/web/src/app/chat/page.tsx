import type { Metadata } from 'next'
import { Chat } from '../../components/chat/chat.tsx'
import type { ModelChoice } from '../../components/chat/composer.tsx'
import { RenderedFor } from '../../components/shell/rendered-for.tsx'
import type { SearchProps } from '../../page-props.ts'
import { requireSession } from '../../server/session.ts'
import { tillwire } from '../../server/tillwire.ts'

export const metadata: Metadata = { title: 'Chat' }

export default async function ChatPage({ searchParams }: SearchProps) {
  const { answer } = await searchParams
  const path = typeof answer === 'string' ? `/chat?answer=${encodeURIComponent(answer)}` : '/chat'
  const { user } = await requireSession(path)
  const { prices, limits } = (await tillwire()).config
  const models: ModelChoice[] = Object.entries(prices.models).map(([name, { maxOutputTokens }]) => ({
    name,
    maxOutputTokens,
  }))
  return (
    <RenderedFor user={user}>
      <Chat models={models} defaultModel={prices.defaultModel} maxPromptCharacters={limits.promptCharacters} />
    </RenderedFor>
  )
}
