import assert from 'node:assert/strict'
import { BlockList, isIPv6 } from 'node:net'
import { describe, test } from '@jest/globals'
import { machineCommands, networkScript, portCommand, removalCommands } from '../cluster/src/network/network'
import { apiServerIp, machines, onLink, topology } from '../cluster/src/network/topology'

const plan = topology(3)
const all = machines(plan)
const within = (cidr: string, address: string): boolean => {
  const [network = '', bits] = cidr.split('/')
  const list = new BlockList()
  list.addSubnet(network, Number(bits), isIPv6(network) ? 'ipv6' : 'ipv4')
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

describe('the plan of the network', () => {
  test('no address, port or host name is given twice', () => {
    const given = all.flatMap(({ name, links }) => [name, ...links.flatMap(({ port, addresses }) => [port, ...addresses])])
    assert.equal(new Set(given).size, given.length)
  })

  test('a port name fits into the 15 bytes of an interface name, also of the last node', () => {
    for (const { links } of machines(topology(80))) for (const { port } of links) assert.ok(port.length <= 15, port)
  })

  test('every gateway is an address of another machine on a bridge both are plugged into', () => {
    for (const machine of all) {
      for (const route of machine.routes.filter((text) => text.includes(' via '))) {
        const gateway = route.split(' via ')[1] ?? ''
        const bridges = machine.links.map(({ bridge }) => bridge)
        const owners = all.filter(({ links }) =>
          links.some(({ bridge, addresses }) => bridges.includes(bridge) && addresses.some((address) => address.startsWith(`${gateway}/`))),
        )
        assert.equal(owners.length, 1, `${machine.name}: ${route}`)
        assert.notEqual(owners[0]?.name, machine.name)
      }
    }
  })

  test('each node reaches the pods of every other in both families, and the API server does', () => {
    for (const node of plan.nodes) {
      const others = plan.nodes.filter(({ name }) => name !== node.name)
      for (const other of others) {
        assert.ok(node.routes.includes(`${other.podCidrs[0]} via ${other.ip}`))
        assert.ok(node.routes.includes(`${other.podCidrs[1]} via ${other.ip6}`))
      }
      assert.ok(plan.cp.routes.some((route) => route.startsWith(node.podCidrs[0])))
    }
  })

  test('the API server is on the management network alone, so that a cut data link does not cut it off', () => {
    assert.deepEqual(
      plan.cp.links.map(({ bridge, addresses }) => [bridge, ...addresses]),
      [['mgmt', `${apiServerIp}/24`]],
    )
    for (const node of plan.nodes) assert.ok(plan.cp.routes.some((route) => route.startsWith(`${node.ip} via 10.98.`)))
  })

  test('L2 pools are on-link for the client and the router, and no machine owns an address of them', () => {
    for (const { routes } of [plan.client, plan.router]) for (const pool of onLink) assert.ok(routes.includes(`${pool} dev eth0`))
    const owned = all.flatMap(({ links }) => links.flatMap(({ addresses }) => addresses.map((address) => address.split('/')[0] ?? '')))
    for (const pool of onLink)
      assert.deepEqual(
        owned.filter((address) => isIPv6(address) === isIPv6(pool.split('/')[0] ?? '') && within(pool, address)),
        [],
      )
  })

  test('what is behind the router has no leg on the LAN', () => {
    assert.deepEqual(
      plan.outside.links.map(({ bridge }) => bridge),
      ['wan'],
    )
  })

  test.each([0, 81, 1.5, Number.NaN])('%p nodes are refused', (count) => {
    assert.throws(() => topology(count), RangeError)
  })
})

describe('the commands', () => {
  test('that make one machine', () => {
    assert.deepEqual(machineCommands(plan.outside), [
      'ip netns add outside',
      'ip link add wan-outside type veth peer name eth0 netns outside',
      'ip link set wan-outside master wan up',
      "ip -n outside -batch - <<'END'",
      'link set lo up',
      'link set eth0 up',
      'addr add 10.97.0.100/24 dev eth0',
      'addr add fd97::100/64 dev eth0 nodad',
      'route add default via 10.97.0.254',
      'route add ::/0 via fd97::254',
      'END',
    ])
  })

  test('that make the network name every machine and every setting of the router', () => {
    const script = networkScript(plan)
    for (const { name } of all) assert.ok(script.includes(`ip netns add ${name}\n`))
    assert.match(script, /ip netns exec router sysctl -qw .*net\.ipv4\.fib_multipath_hash_policy=1/)
  })

  test('that take a machine back are those that add its ports, undone', () => {
    assert.deepEqual(removalCommands(plan.client), ['ip link del lan-client', 'ip netns del client'])
  })

  test('that cut a link take its carrier or leave it, and healing undoes both', () => {
    assert.deepEqual(portCommand('lan-node1', 'cable'), ['ip', 'link', 'set', 'lan-node1', 'down'])
    assert.deepEqual(portCommand('lan-node1', 'silent'), ['bridge', 'link', 'set', 'dev', 'lan-node1', 'state', '0'])
    assert.deepEqual(portCommand('lan-node1', 'healed').slice(2), ['ip link set lan-node1 up && bridge link set dev lan-node1 state 3'])
  })
})
