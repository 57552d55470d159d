'use client'

import {
  createContext,
  createElement,
  type ReactNode,
  useContext,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react'
import type { Connections, WireBalance } from 'tillwire/protocol'
import type { AnswerView } from './answer-view.ts'
import type { FollowedAnswer, Question } from './answers.ts'
import { newerBalance } from './balance.ts'
import type { ConnectionStatus, Namespace } from './channel.ts'
import type { TillwireClient } from './client.ts'
import { MutableValue, type Value } from './value.ts'

const ClientContext = createContext<TillwireClient | null>(null)

/**
 * Gives the client to the hooks below it. While `session` names a signed-in session, the
 * authenticated socket is open; another name opens it anew, null closes it. With `user`, the id of
 * whom the page was made for, it ends as `other_user` when somebody else is signed in.
 */
export function TillwireProvider(props: {
  client: TillwireClient
  session: string | null
  user?: string | undefined
  children?: ReactNode
}) {
  const { client, session, user, children } = props
  useEffect(() => {
    return session === null ? undefined : client.authenticated.open(session, user)
  }, [client, session, user])
  return createElement(ClientContext, { value: client }, children)
}

/** The client of the nearest `TillwireProvider`. */
export function useTillwire(): TillwireClient {
  const client = useContext(ClientContext)
  if (!client) throw new Error('Put a <TillwireProvider> above the component that uses this hook.')
  return client
}

/** Whether the socket is there, and why not. */
export function useConnectionStatus(namespace: Namespace = 'authenticated'): ConnectionStatus {
  return useValue(useTillwire()[namespace].status)
}

/** How many sockets each namespace has; null until it is known. Holds the public socket open. */
export function useConnectionCount(): Connections | null {
  const client = useTillwire()
  useEffect(() => client.public.open(), [client])
  return useValue(client.connections)
}

/** The newest balance: what the socket told, or `fetched` when that is newer. Never asks by itself. */
export function useBalance(fetched: WireBalance | null = null): WireBalance | null {
  return newerBalance(fetched, useValue(useTillwire().balance))
}

/** What `useAnswer` returns. */
export interface AnswerControls {
  /** Null before the first start or resume. */
  readonly answer: AnswerView | null
  start(question: Question): void
  resume(known: { answerId: string; text?: string; spent?: number }): void
  stop(): void
  /** Forgets the answer here; it goes on at the server. */
  reset(): void
}

const NO_ANSWER: Value<null> = new MutableValue(null)

/**
 * One answer as it streams. After a reconnect it goes on where it was; after a reload, `resume`
 * with its id. Leaving the page does not stop it.
 */
export function useAnswer(): AnswerControls {
  const { answers } = useTillwire()
  const [followed, setFollowed] = useState<FollowedAnswer | null>(null)
  const latest = useRef<FollowedAnswer | null>(null)
  const follow = (next: FollowedAnswer | null) => {
    latest.current?.close()
    latest.current = next
    setFollowed(next)
  }
  useEffect(() => {
    latest.current?.open()
    return () => latest.current?.close()
  }, [])
  return {
    answer: useValue<AnswerView | null>(followed?.view ?? NO_ANSWER),
    start: (question) => follow(answers.start(question)),
    resume: (known) => follow(answers.resume(known)),
    // A stop that cannot be sent changes nothing: the answer and its button stay.
    stop: () => void followed?.stop().catch(() => {}),
    reset: () => follow(null),
  }
}

function useValue<T>(value: Value<T>): T {
  return useSyncExternalStore(value.subscribe, value.get, value.get)
}
