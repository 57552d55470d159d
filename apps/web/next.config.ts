import { resolve } from 'node:path'
import type { NextConfig } from 'next'

const config: NextConfig = {
  // Workspace packages are TypeScript source.
  transpilePackages: ['tillwire', '@tillwire/client'],
  turbopack: { root: resolve(import.meta.dirname, '../..') },
  // Loaded from node_modules as they are: pino starts worker threads by file name, and the tokenizer's
  // tables are megabytes of source that a bundler would take minutes over.
  serverExternalPackages: ['pino', 'pino-pretty', 'stripe', 'openai', 'gpt-tokenizer'],
  // `npm run check` checks the types, of everything at once; a start does not wait for it again.
  typescript: { ignoreBuildErrors: true },
  poweredByHeader: false,
  reactStrictMode: true,
}

export default config
