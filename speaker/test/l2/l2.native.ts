import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { entry, plan } from '../builders'
import { cable, type Host, until } from '../lab/host'
import { isReady, savePlan, startSpeaker } from '../lab/speaker-process'
import { onTwoHosts } from '../lab/two-hosts'

const lab = onTwoHosts()

const answers = (address: string): boolean => lab.neighbor.can(`arping -q -c 1 -w 1 -I lan0 ${address}`)
const mac = (host: Host, link: string): string => (JSON.parse(host.run(`ip -j link show ${link}`)) as { address: string }[])[0]!.address

/** One slice with these addresses, node1's own, and one that node2 owns. */
const saved = (...addresses: string[]) => ({
  plan: plan({ slices: ['node1-0'] }),
  slices: {
    'node1-0': {
      node: 'node1',
      routes: [],
      l2: [...addresses.map((one) => entry(one)), entry('192.0.2.200', { candidates: ['node2', 'node1'] })],
    },
  },
})

test('the speaker answers for owned addresses and no others, with CAP_NET_RAW alone and a root that is read-only', async () => {
  savePlan(lab.node, saved('192.0.2.10'))
  lab.node.run('mount -o remount,bind,ro /')
  const speaker = startSpeaker(lab.node, { built: lab.built, node: 'node1' })
  await until('it is ready', () => isReady(lab.node, lab.built))
  assert.ok(isReady(lab.node, lab.built, 'a', 'live'))
  assert.ok(answers('192.0.2.10'))
  assert.ok(!answers('192.0.2.11'))
  assert.ok(!answers('192.0.2.200'), 'an address that another node owns')
  assert.match(lab.neighbor.run('arping -c 1 -I lan0 192.0.2.10'), new RegExp(mac(lab.node, 'eth0'), 'i'))
  assert.equal(await speaker.kill('SIGTERM'), 0)
}, 90_000)

test('a node without any plan is alive and not ready', async () => {
  startSpeaker(lab.node, { built: lab.built, node: 'node1' })
  await until('it is alive', () => isReady(lab.node, lab.built, 'a', 'live'))
  assert.ok(!isReady(lab.node, lab.built))
}, 90_000)

test('an IPv6 address is answered for by NDP: a client’s kernel resolves it', async () => {
  lab.neighbor.run('ip address add 2001:db8::99/64 dev lan0 nodad')
  savePlan(lab.node, saved('2001:db8::10', '192.0.2.10'))
  startSpeaker(lab.node, { built: lab.built, node: 'node1' })
  await until('it answers ARP', () => answers('192.0.2.10'))
  const resolves = (address: string): boolean => {
    lab.neighbor.can(`ping -6 -c 1 -W 1 ${address}`) // nobody answers the ping, but the kernel asks for the neighbour first
    return lab.neighbor.run(`ip -6 neighbour show ${address} dev lan0`).includes(mac(lab.node, 'eth0'))
  }
  await until('the client knows the neighbour', () => resolves('2001:db8::10'))
  assert.ok(!resolves('2001:db8::11'))
}, 90_000)

/** tcpdump's line of each gratuitous request for the address, seen by the client. */
function listen() {
  const dump = lab.neighbor.start(['tcpdump', '-l', '-n', '-tt', '-i', 'lan0', 'arp'])
  const seen = (address: string) => dump.output.split('\n').filter((line) => line.includes(`who-has ${address} tell ${address}`))
  return { dump, seen, ready: () => until('tcpdump listens', () => dump.output.includes('listening on')) }
}

test('a new owner announces itself, and again after the link was away; the link that comes back answers', async () => {
  const { seen, ready } = listen()
  await ready()
  savePlan(lab.node, saved('192.0.2.10'))
  startSpeaker(lab.node, { built: lab.built, node: 'node1' })
  await until('five announcements were seen', () => seen('192.0.2.10').length >= 5)
  const times = seen('192.0.2.10').map((line) => Number(line.split(' ')[0]))
  assert.ok(times[4]! - times[0]! > 3.5, `not one burst, which a switch that learns slowly would miss: ${times.join()}`)

  lab.neighbor.run('ip link set lan0 down')
  await until('the carrier is gone', () => lab.node.run('ip -j link show eth0').includes('NO-CARRIER'))
  lab.neighbor.run('ip link set lan0 up')
  await until('it was announced anew', () => seen('192.0.2.10').length >= 6)
  assert.ok(answers('192.0.2.10'))
}, 90_000)

test('links that go, come back, are renamed or enslaved: what is there answers', async () => {
  savePlan(lab.node, saved('192.0.2.10'))
  startSpeaker(lab.node, { built: lab.built, node: 'node1' })
  await until('it answers', () => answers('192.0.2.10'))
  lab.node.run('ip link set eth0 down')
  lab.node.run('ip link set eth0 up')
  await until('it answers after the flap', () => answers('192.0.2.10'))
  lab.node.run('ip link delete eth0')
  cable(lab.node, 'eth7', '192.0.2.5/24', { host: lab.neighbor, name: 'lan0', address: '192.0.2.99/24' })
  await until('it answers on the new link', () => answers('192.0.2.10'))
  lab.node.run('ip link add br0 type bridge')
  lab.node.run('ip link set eth7 master br0')
  await until('the enslaved link is silent', () => !answers('192.0.2.10'))
  lab.node.run('ip link set br0 up')
  await until('the bridge answers in its place', () => answers('192.0.2.10'))
}, 90_000)

test('SIGTERM is silence: no goodbye on the wire, exit code 0', async () => {
  savePlan(lab.node, saved('192.0.2.10'))
  const { dump, seen, ready } = listen()
  await ready()
  const speaker = startSpeaker(lab.node, { built: lab.built, node: 'node1' })
  await until('announcing is over', () => seen('192.0.2.10').length >= 5)
  assert.ok(answers('192.0.2.10'))
  const about = (): readonly string[] => dump.output.split('\n').filter((line) => line.includes('192.0.2.10'))
  /** tcpdump tells in order: when it has told of this question, it has told of all before. */
  const caughtUp = async (nobody: string): Promise<readonly string[]> => {
    assert.ok(!answers(nobody))
    await until('tcpdump has caught up', () => dump.output.includes(`who-has ${nobody} `))
    return about()
  }
  const before = await caughtUp('192.0.2.11')
  assert.ok(before.some((line) => line.includes('Reply 192.0.2.10 is-at')))
  assert.equal(await speaker.kill('SIGTERM'), 0)
  assert.deepEqual(await caughtUp('192.0.2.12'), before)
  assert.ok(!answers('192.0.2.10'))
}, 90_000)
