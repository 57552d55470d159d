import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Every other process that was started with this variable in its environment. */
export function processesWith(variable: string, value: string): number[] {
  const marker = `${variable}=${value}`
  if (process.platform !== 'linux') {
    return listed(['-Eww', '-axo', 'pid=,command='])
      .filter((line) => line.includes(marker))
      .map((line) => Number.parseInt(line, 10))
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        readlinkSync(`/proc/${pid}/exe`) // a zombie has none
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(marker)
      } catch {
        return false
      }
    })
    .map(Number)
}

/** What the list of processes shows of one: its command line, which is also its title; empty once it is gone. */
export function titleOf(pid: number): string {
  if (process.platform !== 'linux') return listed(['-ww', '-o', 'command=', '-p', String(pid)]).join('\n')
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

function listed(args: readonly string[]): string[] {
  try {
    return execFileSync('ps', args, { encoding: 'utf8' }).split('\n')
  } catch {
    return []
  }
}
