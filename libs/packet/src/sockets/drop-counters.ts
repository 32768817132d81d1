import { readFileSync } from 'node:fs'

/** Segments that the kernel dropped in this network namespace since its creation, over all sockets. Compare two readings. */
export type DropCounters = {
  /** Signed with another key. */
  readonly md5Failure: number
  /** Unsigned although a key is set. */
  readonly md5NotFound: number
  /** Signed although no key is set. */
  readonly md5Unexpected: number
  /** TTL below the minimum that GTSM (RFC 5082) sets. */
  readonly minTtl: number
}

export const readDropCounters = (): DropCounters => parseDropCounters(readFileSync('/proc/thread-self/net/netstat', 'utf8'))

/** /proc/net/netstat: a line of names and a line of values for each protocol. A counter that this kernel lacks is 0. */
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
