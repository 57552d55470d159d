import { runWithTransaction } from '@better-auth/core/context'
import { isAPIError } from 'better-auth/api'
import { type MagicLinkOptions, magicLink } from 'better-auth/plugins'

/**
 * Better Auth's sign-in links, opened whole or not at all: the token is spent in the transaction that
 * stores user and session, so a link that fails for a reason of ours stays good.
 */
export function signInLinks(options: MagicLinkOptions) {
  const plugin = magicLink(options)
  const verify = plugin.endpoints.magicLinkVerify
  const whole = async (context: Parameters<typeof verify>[0]) => {
    const { adapter } = (context as unknown as { context: { adapter: Parameters<typeof runWithTransaction>[0] } })
      .context
    const outcome = await runWithTransaction(adapter, async () => {
      try {
        return { answer: await verify(context) }
      } catch (error) {
        // A redirect is thrown, and is how an opened link ends well: no reason to take back what was written.
        if (isAPIError(error) && error.status === 'FOUND') return { redirect: error }
        throw error
      }
    })
    if ('redirect' in outcome) throw outcome.redirect
    return outcome.answer
  }
  return {
    ...plugin,
    endpoints: { ...plugin.endpoints, magicLinkVerify: Object.assign(whole, verify) as typeof verify },
  }
}
