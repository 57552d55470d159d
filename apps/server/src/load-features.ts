import { readdir } from 'node:fs/promises'
import type { Feature } from 'tillwire'

const FOLDER = new URL('features/', import.meta.url)
const FEATURE_FILE = /^[a-z0-9-]+\.(ts|js)$/

/** Every feature of `features/`: the default export of a file, or of a folder's `index.ts`; by name. */
export async function loadFeatures(folder = FOLDER): Promise<Feature[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isDirectory() || FEATURE_FILE.test(entry.name))
    .map((entry) => (entry.isDirectory() ? `${entry.name}/index.ts` : entry.name))
    .sort()
  return Promise.all(files.map((file) => loadFeature(new URL(file, folder))))
}

async function loadFeature(file: URL): Promise<Feature> {
  const module: { default?: Feature } = await import(file.href)
  if (!module.default?.name)
    throw new Error(`${file.pathname} has no feature as its default export: use defineFeature.`)
  return module.default
}
