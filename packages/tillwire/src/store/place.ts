import { randomBytes } from 'node:crypto'
import {
  accessSync,
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  readSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

/** How a SQLite file begins. */
const HEADER = 'SQLite format 3\0'

/**
 * Makes a folder, and those above it, where they are missing. Returns why files cannot be made there, or null.
 * Folder by folder: Node's own recursive way never comes back from places such as `/proc/nope`.
 */
export function prepareFolder(folder: string): string | null {
  try {
    const found = statOf(folder)
    if (found) return found.isDirectory() ? triedOut(folder) : `"${folder}" is not a folder`
    const dangling = danglingProblem(folder)
    if (dangling !== null) return dangling
    const above = dirname(folder)
    const problem = above === folder ? `"${folder}" is not there` : prepareFolder(above)
    if (problem !== null) return problem
    makeOne(folder)
    return triedOut(folder)
  } catch (error) {
    return `"${folder}" cannot be used: ${reasonOf(error)}`
  }
}

/** Why a database cannot be in a file, or null. What is missing above it is made. */
export function databaseFileProblem(file: string): string | null {
  const problem = prepareFolder(dirname(file))
  if (problem !== null) return problem
  try {
    const found = statOf(file)
    if (!found) return danglingProblem(file)
    if (found.isDirectory()) return `"${file}" is a folder`
    if (!found.isFile()) return `"${file}" is not an ordinary file`
    accessSync(file, constants.R_OK | constants.W_OK)
    return found.size === 0 || beginsAsDatabase(file) ? null : `"${file}" is not a database`
  } catch (error) {
    return `"${file}" cannot be read and written: ${reasonOf(error)}`
  }
}

function statOf(path: string): Stats | null {
  return statSync(path, { throwIfNoEntry: false }) ?? null
}

/** A link that leads nowhere is refused, whether its end could be made or not: what it leads to may be a disk that is not there. */
function danglingProblem(path: string): string | null {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return null
  return `"${path}" is a link to "${readlinkSync(path)}", which is not there`
}

function makeOne(folder: string): void {
  try {
    mkdirSync(folder)
  } catch (error) {
    // Another process may have been faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** What a folder says of its rights is not all: there are file systems in which no file can be made. */
function triedOut(folder: string): null {
  const file = join(folder, `.tillwire-${randomBytes(6).toString('hex')}`)
  closeSync(openSync(file, 'wx'))
  rmSync(file)
  return null
}

function beginsAsDatabase(file: string): boolean {
  const start = Buffer.alloc(HEADER.length)
  const opened = openSync(file, 'r')
  try {
    return readSync(opened, start, 0, start.length, 0) === start.length && start.toString('latin1') === HEADER
  } finally {
    closeSync(opened)
  }
}

function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  const reasons: Record<string, string> = {
    EACCES: 'there is no right to write there',
    EPERM: 'there is no right to write there',
    EROFS: 'it is read-only',
    ENOENT: 'nothing can be made there',
    ENOTDIR: 'a part of its path is a file',
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk is full',
    ENAMETOOLONG: 'it is too long',
    ELOOP: 'it is a circle of links',
  }
  return (code !== undefined && Object.hasOwn(reasons, code) && reasons[code]) || (code ?? String(error))
}
