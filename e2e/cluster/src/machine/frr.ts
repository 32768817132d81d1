import type { Command } from '../control-plane/control-plane'
import type { NodeMachine } from '../network/topology'

export type RouterOptions = { readonly asn: number; readonly nodesAsn: number }

/** The router's own configuration: every node is an eBGP peer in both families, all paths are used, and nobody is filtered. */
export function bgpConfig({ asn, nodesAsn }: RouterOptions, nodes: readonly NodeMachine[]): string {
  const peers = nodes.flatMap(({ ip, ip6 }) => [ip, ip6])
  const family = (name: string): readonly string[] => [
    ` address-family ${name} unicast`,
    '  neighbor nodes activate',
    '  neighbor nodes soft-reconfiguration inbound',
    '  maximum-paths 64',
    ' exit-address-family',
  ]
  return [
    'hostname router',
    `router bgp ${asn}`,
    ' bgp router-id 10.99.0.254',
    ' no bgp ebgp-requires-policy',
    ' no bgp default ipv4-unicast',
    ' bgp bestpath as-path multipath-relax',
    ' neighbor nodes peer-group',
    ` neighbor nodes remote-as ${nodesAsn}`,
    // The nodes call; a router that calls too only meets closed ports.
    ' neighbor nodes passive',
    ...peers.map((address) => ` neighbor ${address} peer-group nodes`),
    ...family('ipv4'),
    ...family('ipv6'),
    'exit',
    '',
  ].join('\n')
}

export const routerDaemons = ['zebra', 'bgpd', 'bfdd'] as const

/** Each with its own configuration file; sockets and pid files are in the machine's own /run/frr. */
export const routerDaemon = (name: string): Command => [
  `/usr/lib/frr/${name}`,
  '--config_file',
  `/etc/frr/${name}.conf`,
  '--log',
  'stdout',
  ...(name === 'zebra' ? [] : ['--vty_addr', '127.0.0.1']),
]

/** Files of the router below its /etc. Without an integrated configuration vtysh would look for one and complain. */
export const routerFiles = (options: RouterOptions, nodes: readonly NodeMachine[]): Readonly<Record<string, string>> => ({
  'frr/zebra.conf': 'hostname router\n',
  'frr/bgpd.conf': bgpConfig(options, nodes),
  'frr/bfdd.conf': 'hostname router\nbfd\n',
  'frr/vtysh.conf': 'no service integrated-vtysh-config\n',
})
