import type { Socket } from 'socket.io'
import type { NamespaceName } from '../protocol/index.ts'
import type { ConnectionBook } from './connection-book.ts'
import { type EventFacts, type EventSource, handleEvent, type Pipeline } from './handle-event.ts'
import type { ContextOf, EventHandler, SocketHandle, SocketIdentity } from './types.ts'

export type Handlers<N extends NamespaceName> = Map<string, EventHandler<ContextOf<N>>>

/** What the sockets of a server share. */
export interface SocketParts {
  readonly connections: ConnectionBook
  readonly pipeline: Pipeline
  readonly counts: { changed(): void }
}

/** What differs between the namespaces. */
export interface Attachment<N extends NamespaceName> {
  readonly namespace: N
  readonly handlers: Handlers<N>
  readonly identity: SocketIdentity | null
  contextOf(event: EventFacts, handle: SocketHandle<N>, signal: AbortSignal): ContextOf<N>
}

/** Lets a connected socket's events in. The signal is aborted when the socket is gone. */
export function attachSocket<N extends NamespaceName>(
  parts: SocketParts,
  socket: Socket,
  { namespace, handlers, identity, contextOf }: Attachment<N>,
): { readonly handle: SocketHandle<N>; readonly signal: AbortSignal } {
  const record = parts.connections.get(socket.conn)
  const gone = new AbortController()
  const { signal } = gone
  const handle: SocketHandle<N> = {
    id: socket.id,
    emit: (event, payload) => void socket.emit(event, payload),
    drained: async () => record?.outbound.drained(),
    cut: () => socket.conn.close(),
  }
  const source: EventSource<N> = {
    namespace,
    handlers,
    identity,
    socketId: socket.id,
    contextOf: (event) => contextOf(event, handle, signal),
    open: 0,
  }
  // Events end here, before Socket.IO emits them on the server: a client cannot fire `error`, or a name of ours.
  socket.use((packet) => void handleEvent(parts.pipeline, source, packet))
  // A malformed packet is reported here; Socket.IO has cut the connection by then.
  socket.on('error', () => {})
  record?.joined()
  parts.counts.changed()
  socket.once('disconnect', () => {
    gone.abort()
    record?.left()
    parts.counts.changed()
  })
  return { handle, signal }
}
