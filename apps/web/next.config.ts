import { resolve } from 'node:path'
import type { NextConfig } from 'next'

const config: NextConfig = {
  // Workspace packages are TypeScript source.
  transpilePackages: ['tillwire', '@tillwire/client'],
  turbopack: { root: resolve(import.meta.dirname, '../..') },
  // Loaded from node_modules as they are: pino starts worker threads by file name.
  serverExternalPackages: ['pino', 'pino-pretty', 'stripe', 'openai'],
  poweredByHeader: false,
  reactStrictMode: true,
  experimental: { optimizePackageImports: ['lucide-react', 'recharts'] },
}

export default config
