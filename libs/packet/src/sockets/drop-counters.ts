import { readFileSync } from 'node:fs'

/** Segments the kernel dropped in this network namespace since it began, all sockets together. Compare two readings. */
export type DropCounters = {
  /** Signed with another key than ours. */
  readonly md5Failure: number
  /** Unsigned although we expect a signature. */
  readonly md5NotFound: number
  /** Signed although we expect none. */
  readonly md5Unexpected: number
  /** Came from farther away than GTSM allows. */
  readonly minTtl: number
}

export const readDropCounters = (): DropCounters => parseDropCounters(readFileSync('/proc/thread-self/net/netstat', 'utf8'))

/** /proc/net/netstat: a line of names and a line of values for each protocol. A counter this kernel lacks is 0. */
export function parseDropCounters(netstat: string): DropCounters {
  const [names = [], values = []] = netstat
    .split('\n')
    .filter((line) => line.startsWith('TcpExt:'))
    .map((line) => line.split(' '))
  const counter = (name: string): number => Number(values[names.indexOf(name)] ?? 0)
  return {
    md5Failure: counter('TCPMD5Failure'),
    md5NotFound: counter('TCPMD5NotFound'),
    md5Unexpected: counter('TCPMD5Unexpected'),
    minTtl: counter('TCPMinTTLDrop'),
  }
}
