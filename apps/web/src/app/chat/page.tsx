import type { Metadata } from 'next'
import { Chat } from '../../components/chat/chat.tsx'
import type { ModelChoice } from '../../components/chat/composer.tsx'
import type { SearchProps } from '../../page-props.ts'
import { requireSession } from '../../server/session.ts'
import { tillwire } from '../../server/tillwire.ts'

export const metadata: Metadata = { title: 'Chat' }

export default async function ChatPage({ searchParams }: SearchProps) {
  const { answer } = await searchParams
  await requireSession(typeof answer === 'string' ? `/chat?answer=${encodeURIComponent(answer)}` : '/chat')
  const { prices, limits } = (await tillwire()).config
  const models: ModelChoice[] = Object.entries(prices.models).map(([name, { maxOutputTokens }]) => ({
    name,
    maxOutputTokens,
  }))
  return <Chat models={models} defaultModel={prices.defaultModel} maxPromptCharacters={limits.promptCharacters} />
}
