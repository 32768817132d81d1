import assert from 'node:assert/strict'
import type { Cluster } from '../cluster/src'
import { eventually } from './eventually'

/** One answer of the echo workload: which pod's node answered, and whom it saw asking. */
type Answer = { readonly node: string; readonly from: string }

/** One HTTP request from a namespace; undefined when nobody answered within a second. */
export async function ask(cluster: Cluster, namespace: string, address: string, port = 80): Promise<Answer | undefined> {
  const host = address.includes(':') ? `[${address}]` : address
  const { code, stdout } = await cluster.exec(namespace, ['curl', '-sS', '-m', '1', `http://${host}:${port}/`], { check: false })
  const [, node, from] = /^(\S+) from (\S+)/.exec(stdout) ?? []
  return code === 0 && node !== undefined && from !== undefined ? { node, from } : undefined
}

/** Many requests, each from a port of its own, in one process: what ECMP and kube-proxy spread. */
export async function askOften(cluster: Cluster, namespace: string, address: string, times: number): Promise<readonly Answer[]> {
  const script = `for i in $(seq ${times}); do curl -sS -m 1 http://${address.includes(':') ? `[${address}]` : address}/ || echo none; done`
  const { stdout } = await cluster.exec(namespace, ['sh', '-c', script], { check: false })
  return [...stdout.matchAll(/^(\S+) from (\S+)$/gm)].map(([, node = '', from = '']) => ({ node, from }))
}

/** The MAC by which the namespace reaches the address, from its neighbour table. */
export async function neighbour(cluster: Cluster, namespace: string, address: string): Promise<string | undefined> {
  const { stdout } = await cluster.exec(namespace, ['ip', 'neigh', 'show', address], { check: false })
  return /lladdr (\S+)/.exec(stdout)?.[1]
}

const macs = new WeakMap<Cluster, ReadonlyMap<string, string>>()

/** Each node's data interface, asked once, since a node that was killed cannot be asked. */
export async function macsOf(cluster: Cluster): Promise<ReadonlyMap<string, string>> {
  const known = macs.get(cluster)
  if (known !== undefined) return known
  const entries = cluster.nodes.map(async (node): Promise<[string, string]> => {
    const { stdout } = await cluster.exec(node, ['cat', '/sys/class/net/eth0/address'])
    return [stdout.trim(), node]
  })
  const found = new Map(await Promise.all(entries))
  macs.set(cluster, found)
  return found
}

/** The node whose data interface has that MAC. */
export async function nodeOfMac(cluster: Cluster, mac: string | undefined): Promise<string | undefined> {
  return mac === undefined ? undefined : (await macsOf(cluster)).get(mac)
}

/** Who answers ARP for the address now, asked afresh from the LAN client; undefined when nobody does. */
export async function answerer(cluster: Cluster, address: string): Promise<string | undefined> {
  const { stdout } = await cluster.exec('client', ['arping', '-I', 'eth0', '-c', '1', '-w', '1', address], { check: false })
  return nodeOfMac(cluster, /\[([0-9A-Fa-f:]{17})\]/.exec(stdout)?.[1]?.toLowerCase())
}

/** Next hops of a prefix in the router's kernel table. */
export async function nextHops(cluster: Cluster, prefix: string): Promise<readonly string[]> {
  const { stdout } = await cluster.exec('router', ['ip', prefix.includes(':') ? '-6' : '-4', 'route', 'show', prefix], { check: false })
  return [...stdout.matchAll(/via (?:inet6? )?(\S+)/g)].map(([, hop = '']) => hop).sort()
}

/** Waits until the router has a path to the prefix over every node. */
export async function everyPath(cluster: Cluster, prefix: string): Promise<void> {
  await eventually(
    `the router has a path to ${prefix} over every node`,
    () => nextHops(cluster, prefix),
    (hops) => assert.equal(hops.length, cluster.nodes.length),
  )
}
