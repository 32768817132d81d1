/** Which bridge a link is plugged into. `lan` carries data, `mgmt` only the API, `wan` joins the router and what is behind it. */
type Bridge = 'lan' | 'mgmt' | 'wan'

/** One network interface of a machine and the bridge port at its other end. */
export type Link = {
  readonly bridge: Bridge
  readonly device: string
  readonly port: string
  readonly addresses: readonly string[]
}

/** A machine as the network knows it; `routes` are arguments of `ip route add`. */
export type Machine = {
  readonly name: string
  readonly links: readonly Link[]
  readonly routes: readonly string[]
  readonly sysctls: Readonly<Record<string, string | number>>
}

export type NodeMachine = Machine & {
  readonly number: number
  readonly ip: string
  readonly ip6: string
  readonly podCidrs: readonly [string, string]
}

export type Topology = {
  readonly cp: Machine
  readonly client: Machine
  readonly router: Machine
  readonly outside: Machine
  readonly nodes: readonly NodeMachine[]
}

/** Where the API server listens: on the management network, so that it outlives a node's data link. */
export const apiServerIp = '10.98.0.2'
export const podCidrs = ['10.244.0.0/16', 'fd44::/48'] as const
export const serviceCidrs = ['10.96.0.0/16', 'fd96::/108'] as const
/** Addresses for L2 pools: on-link for the client and the router, so that only ARP and NDP can find them. */
export const onLink = ['10.99.1.0/24', 'fd99:1::/64'] as const
/** Where a node's kernel expects the rest of the world. */
const routerIps = ['10.99.0.254', 'fd99::254'] as const

const forwarding = { 'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1 }
const toRouter = [`default via ${routerIps[0]}`, `::/0 via ${routerIps[1]}`]
const reachPool = onLink.map((prefix) => `${prefix} dev eth0`)

const link = (bridge: Bridge, machine: string, addresses: readonly string[], device = bridge === 'lan' ? 'eth0' : `${bridge}0`): Link => ({
  bridge,
  device,
  port: `${bridge}-${machine}`,
  addresses,
})

/** Node numbers start at 1; their addresses are .10 + number, their pods' the number itself. */
function node(number: number, count: number): NodeMachine {
  const name = `node${number}`
  const others = range(count).filter((other) => other !== number)
  return {
    name,
    number,
    ip: nodeIp(number),
    ip6: nodeIp6(number),
    podCidrs: [podCidr(number), podCidr6(number)],
    links: [link('lan', name, [`${nodeIp(number)}/24`, `${nodeIp6(number)}/64`]), link('mgmt', name, [`${managementIp(number)}/24`])],
    routes: [
      ...toRouter,
      ...others.flatMap((other) => [`${podCidr(other)} via ${nodeIp(other)}`, `${podCidr6(other)} via ${nodeIp6(other)}`]),
    ],
    sysctls: {
      ...forwarding,
      'net.ipv4.conf.all.arp_ignore': 1,
      'net.ipv4.conf.all.arp_announce': 2,
      'net.ipv4.conf.all.rp_filter': 0,
      'net.ipv4.conf.default.rp_filter': 0,
    },
  }
}

/** The whole network of a cluster with that many nodes (1 to 80). */
export function topology(nodes: number): Topology {
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > 80) throw new RangeError(`a cluster has 1 to 80 nodes, not ${nodes}`)
  const all = range(nodes)
  return {
    // The control plane reaches nodes and pods over the management network too, so that logs work when a data link is cut.
    cp: {
      name: 'cp',
      links: [link('mgmt', 'cp', [`${apiServerIp}/24`])],
      routes: all.flatMap((number) => [nodeIp(number), podCidr(number)].map((to) => `${to} via ${managementIp(number)}`)),
      sysctls: {},
    },
    client: {
      name: 'client',
      links: [link('lan', 'client', ['10.99.0.100/24', 'fd99::100/64'])],
      routes: [...reachPool, ...toRouter],
      sysctls: {},
    },
    router: {
      name: 'router',
      links: [
        link('lan', 'router', [`${routerIps[0]}/24`, `${routerIps[1]}/64`]),
        link('wan', 'router', ['10.97.0.254/24', 'fd97::254/64']),
      ],
      routes: reachPool,
      // Flows, not packets, are spread over the paths; and nobody is told of a shorter way, or the paths would go unused.
      sysctls: {
        ...forwarding,
        'net.ipv4.fib_multipath_hash_policy': 1,
        'net.ipv6.fib_multipath_hash_policy': 1,
        'net.ipv4.conf.all.send_redirects': 0,
        'net.ipv4.conf.eth0.send_redirects': 0,
      },
    },
    outside: {
      name: 'outside',
      links: [link('wan', 'outside', ['10.97.0.100/24', 'fd97::100/64'], 'eth0')],
      routes: ['default via 10.97.0.254', '::/0 via fd97::254'],
      sysctls: {},
    },
    nodes: all.map((number) => node(number, nodes)),
  }
}

export const machines = (plan: Topology): readonly Machine[] => [plan.cp, plan.client, plan.router, plan.outside, ...plan.nodes]

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1)
const nodeIp = (number: number): string => `10.99.0.${10 + number}`
const nodeIp6 = (number: number): string => `fd99::${10 + number}`
const managementIp = (number: number): string => `10.98.0.${10 + number}`
const podCidr = (number: number): string => `10.244.${number}.0/24`
const podCidr6 = (number: number): string => `fd44:0:0:${number.toString(16)}::/64`
