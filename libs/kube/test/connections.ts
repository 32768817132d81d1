import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

const established = '01'

/** Number of TCP connections of a process to the port of the URL, read from the kernel. */
export function connectionsTo(url: string, pid: number | 'self' = 'self'): number {
  const port = Number(new URL(url).port).toString(16).toUpperCase().padStart(4, '0')
  const inodes = new Set(readdirSync(`/proc/${pid}/fd`).map((fd) => inodeOf(`/proc/${pid}/fd/${fd}`)))
  const rows = ['tcp', 'tcp6'].flatMap((table) => readFileSync(`/proc/${pid}/net/${table}`, 'utf8').split('\n').slice(1))
  return rows.filter((row) => {
    const [, , remote = '', state, , , , , , inode = ''] = row.trim().split(/\s+/)
    return remote.endsWith(`:${port}`) && state === established && inodes.has(inode)
  }).length
}

function inodeOf(path: string): string | undefined {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(path))?.[1]
  } catch {
    return undefined // closed since it was listed
  }
}
