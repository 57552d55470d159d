import { QueryClient } from '@tanstack/react-query'
import { newRequestId } from '@tillwire/client'
import { createTRPCClient, httpLink, TRPCClientError } from '@trpc/client'
import { createTRPCContext } from '@trpc/tanstack-react-query'
import superjson from 'superjson'
import { EXPECTED_USER_HEADER, REQUEST_ID_HEADER } from 'tillwire/protocol'
import type { AppRouter } from './server/root.ts'

export const { TRPCProvider, useTRPC, useTRPCClient } = createTRPCContext<AppRouter>()

const RETRIES = 2

/** Queries ask once and keep what they got: what changes comes by the socket, or is asked for by name. */
export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Number.POSITIVE_INFINITY,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        retry: (failures, error) => failures < RETRIES && isRetryable(error),
      },
    },
  })
}

/** Asks for one user: when somebody else is signed in meanwhile, the server refuses. Each request has an id. */
export function newTrpcClient(userId: string) {
  const headers = () => ({ [EXPECTED_USER_HEADER]: userId, [REQUEST_ID_HEADER]: newRequestId() })
  return createTRPCClient<AppRouter>({ links: [httpLink({ url: '/api/trpc', transformer: superjson, headers })] })
}

/** The words of an error for the person at the screen. */
export function messageOf(error: unknown): string {
  const unreachable = !(error instanceof TRPCClientError) || !error.data
  return unreachable ? 'The server could not be reached: check your connection and try again.' : error.message
}

/** The code of an error of ours; null when the server could not be reached. */
export function codeOf(error: unknown): string | null {
  return error instanceof TRPCClientError ? (error.data?.error?.code ?? null) : null
}

function isRetryable(error: unknown): boolean {
  return error instanceof TRPCClientError && (!error.data || error.data.error?.retryable === true)
}
