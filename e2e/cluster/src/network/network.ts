import { type Link, type Machine, machines, type Topology } from './topology'

/** Shell commands that make the bridges, run in the network namespace of the cluster. */
function bridgeCommands(): readonly string[] {
  return [
    // Frames are forwarded as a switch does it, without a look at the packets in them.
    'for file in /proc/sys/net/bridge/bridge-nf-call-*; do [ ! -e "$file" ] || echo 0 >"$file"; done',
    // Snooping would drop the multicast that NDP lives on until somebody has joined loudly enough.
    ...['lan', 'mgmt', 'wan'].map((name) => `ip link add ${name} up type bridge forward_delay 0 mcast_snooping 0`),
  ]
}

/** Shell commands that make a machine's network namespace and plug it in. */
export function machineCommands(machine: Machine): readonly string[] {
  const { name, links, routes, sysctls } = machine
  const settings = Object.entries(sysctls).map(([key, value]) => `${key}=${value}`)
  return [
    `ip netns add ${name}`,
    ...links.flatMap(({ port, device, bridge }) => [
      `ip link add ${port} type veth peer name ${device} netns ${name}`,
      `ip link set ${port} master ${bridge} up`,
    ]),
    // One process for a dozen lines: the start of a cluster is made of such milliseconds.
    `ip -n ${name} -batch - <<'END'`,
    'link set lo up',
    ...links.flatMap(inside),
    ...routes.map((route) => `route add ${route}`),
    'END',
    ...(settings.length === 0 ? [] : [`ip netns exec ${name} sysctl -qw ${settings.join(' ')}`]),
  ]
}

/** Shell commands that unplug a machine and forget its network namespace. Taken back port by port, since the namespace itself ends later. */
export function removalCommands({ name, links }: Machine): readonly string[] {
  return [...links.map(({ port }) => `ip link del ${port}`), `ip netns del ${name}`]
}

const inside = ({ device, addresses }: Link): readonly string[] => [
  `link set ${device} up`,
  ...addresses.map((address) => `addr add ${address} dev ${device}${address.includes(':') ? ' nodad' : ''}`),
]

/** The script that makes the whole network, once. */
export function networkScript(plan: Topology): string {
  return ['ip link set lo up', ...bridgeCommands(), ...machines(plan).flatMap(machineCommands), ''].join('\n')
}

/** How a data link is cut: by pulling the cable, which the node's kernel sees, or in the switch, which nobody is told. */
export type Cut = 'cable' | 'silent'

/** Arguments of programs that cut or heal ports. A disabled port keeps its carrier and forwards nothing. */
export function portCommand(port: string, state: Cut | 'healed'): readonly string[] {
  switch (state) {
    case 'cable':
      return ['ip', 'link', 'set', port, 'down']
    case 'silent':
      return ['bridge', 'link', 'set', 'dev', port, 'state', '0']
    case 'healed':
      return ['sh', '-c', `ip link set ${port} up && bridge link set dev ${port} state 3`]
  }
}
