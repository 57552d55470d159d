import { type App, defineFeature } from 'tillwire'
import { type AnswerEvent, TooManyAnswers } from 'tillwire/answers'
import { clientEvents } from 'tillwire/protocol'
import type { UserContext } from 'tillwire/sockets'

/** Answers that one socket may follow at the same time. */
const MAX_FOLLOWED = 64

const { 'answer:start': start, 'answer:resume': resume, 'answer:stop': stop } = clientEvents.authenticated

/**
 * Answers over sockets. An answer belongs to its user: each of their sockets may follow it, one that
 * goes stops following, and only `answer:stop` stops the answer.
 */
export default defineFeature({
  name: 'answers',
  events: {
    authenticated: {
      'answer:start': {
        ...start,
        async handle(context, request) {
          const { app, user } = context
          const { answerId, quote } = await app.answers.start({ ...request, userId: user.id })
          await follow(context, answerId, 0)
          return { answerId, quote }
        },
      },
      'answer:resume': {
        ...resume,
        handle: (context, { answerId, offset }) => follow(context, answerId, offset),
      },
      'answer:stop': {
        ...stop,
        async handle({ app, user }, { answerId }) {
          await app.answers.stop({ userId: user.id, answerId })
          return {}
        },
      },
    },
  },
  jobs: [{ name: 'recover-answers', every: '2s', run: ({ answers }) => answers.recover() }],
})

type Context = UserContext & { readonly app: App }

/** What each socket follows. To follow again, from another offset, ends the time before. */
const followed = new WeakMap<Context['socket'], Map<string, AbortController>>()

/** Makes the socket a follower; what is missing is sent once the acknowledgement is out. */
async function follow(context: Context, answerId: string, offset: number) {
  const { app, user, socket, signal, afterAck } = context
  const following = followed.get(socket) ?? new Map<string, AbortController>()
  followed.set(socket, following)
  if (following.size >= MAX_FOLLOWED && !following.has(answerId)) throw new TooManyAnswers({ limit: MAX_FOLLOWED })

  const over = new AbortController()
  const {
    state,
    offset: length,
    events,
  } = await app.answers.follow({
    userId: user.id,
    answerId,
    offset,
    signal: AbortSignal.any([signal, over.signal]),
  })
  following.get(answerId)?.abort()
  following.set(answerId, over)
  afterAck(async () => {
    try {
      for await (const event of events) {
        if (over.signal.aborted) return
        await socket.drained()
        send(socket, answerId, event)
      }
    } catch (err) {
      if (signal.aborted || over.signal.aborted) return
      context.logger.warn({ err, answerId }, 'An answer could not be followed: its socket was cut, to resume')
      socket.cut()
    } finally {
      if (following.get(answerId) === over) following.delete(answerId)
    }
  })
  return { state, offset: length }
}

function send(socket: Context['socket'], answerId: string, event: AnswerEvent): void {
  if (event.type === 'delta') {
    socket.emit('answer:delta', { answerId, offset: event.offset, text: event.text })
  } else if (event.type === 'cost') {
    socket.emit('answer:cost', { answerId, spent: event.spent, available: event.available })
  } else {
    const { outcome, spent, receiptId, truncated, withheld, error } = event
    socket.emit('answer:end', { answerId, outcome, spent, receiptId, truncated, withheld, error })
  }
}
