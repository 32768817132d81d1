import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { ip, plan, route, session } from '../builders'
import { Gobgp } from '../lab/gobgp'
import { nodeUnderTest, type Program, until } from '../lab/host'
import { savePlan, startSpeaker } from '../lab/speaker-process'
import { onTwoHosts } from '../lab/two-hosts'

const lab = onTwoHosts()

const content = {
  plan: plan({
    routeSets: ['shared'],
    sessions: [
      session({ address: ip('192.0.2.99'), passwordSecret: { name: 'tor', resourceVersion: '1' } }),
      session({ peer: 'six', address: ip('2001:db8::99') }), // nobody is there
    ],
  }),
  routeSets: { shared: { audience: 'every-node', routes: [route('203.0.113.1/32')] } },
  passwords: { tor: 'secret' },
}
const lines = (of: Program, event: string) => of.log.filter((line) => line['event'] === event)
const events = (of: Program) => of.log.map(({ event, family }) => `${event} ${family ?? ''}`).filter((text) => /listening/.test(text))
const establishments = (of: Program): number => lines(of, 'bgp-state').filter(({ state }) => state === 'Established').length
/** Connections and listening sockets of the node with its port 179. */
const sockets = (options: string) => lab.node.run(`ss -Htn ${options} sport = 179`).trim()

function start(pod = 'a'): Program {
  savePlan(lab.node, content, pod)
  return startSpeaker(lab.node, { built: lab.built, node: 'node1', pod, listen: true, level: 'debug' })
}

/** A process that connects to the speaker, and prints how that ends. */
const stranger = (from: string): Program => {
  const program = `require('node:net').connect({host:'192.0.2.5',port:179,localAddress:'${from}'}).on('close',()=>console.log('closed'))`
  return lab.neighbor.start([nodeUnderTest, '-e', program])
}

test('a router whose own port is closed connects, with a password, and has the routes; a stranger is closed', async () => {
  const speaker = start()
  await until('it listens', () => events(speaker).length === 2)
  assert.deepEqual(events(speaker), ['bgp-listening ipv4', 'bgp-listening ipv6'])
  assert.equal(sockets('-l').split('\n').length, 2)
  const gobgp = await Gobgp.start(lab.neighbor, { dials: true, password: 'secret' })
  assert.ok(!lab.neighbor.run('ss -Hltn').includes(':179 '))
  await until('GoBGP has the route', () => gobgp.routes().length === 1, 40_000)
  await until('it says so', () => establishments(speaker) === 1)
  assert.match(sockets('state established'), /192\.0\.2\.5:179 +192\.0\.2\.99:/)

  lab.neighbor.run('ip address add 192.0.2.66/24 dev lan0')
  const refused = stranger('192.0.2.66')
  await until('it is closed', () => refused.output.includes('closed'))
  assert.deepEqual(lines(speaker, 'bgp-refused').map(({ remote, refused: count }) => [remote, count]), [['192.0.2.66', 1]]) // biome-ignore format: one line
  assert.equal(gobgp.routes().length, 1)
  assert.equal(await speaker.kill('SIGTERM'), 0)
}, 90_000)

test('a router with another password does not come through', async () => {
  const speaker = start()
  await until('it listens', () => events(speaker).length === 2)
  const dropped = () => Number(/TcpExtTCPMD5Failure +(\d+)/.exec(lab.node.run('nstat -asz TcpExtTCPMD5Failure'))?.[1])
  await Gobgp.start(lab.neighbor, { dials: true, password: 'wrong' })
  await until('the kernel drops what it sends', () => dropped() > 0, 40_000)
  assert.equal(sockets('state established'), '')
  assert.equal(establishments(speaker), 0)
}, 90_000)

test('another daemon that has the port is named once, and the port is taken when that ends; a successor has it after the handover', async () => {
  const other = lab.node.start([nodeUnderTest, '-e', `require('node:net').createServer().listen(179, '0.0.0.0')`])
  await until('the other one listens', () => sockets('-l') !== '')
  const speaker = start()
  await until('it has tried', () => events(speaker).length === 2)
  assert.deepEqual(events(speaker).sort(), ['bgp-listening ipv6', 'bgp-not-listening ipv4'])
  assert.match(`${lines(speaker, 'bgp-not-listening')[0]?.['problem']}`, /port 179: address already in use/)
  await other.kill('SIGKILL')
  await until('it has the port', () => events(speaker).length === 3)
  assert.equal(events(speaker)[2], 'bgp-listening ipv4')

  const young = start('b')
  await until('the new one listens', () => events(young).length === 2)
  assert.deepEqual(events(young), ['bgp-listening ipv4', 'bgp-listening ipv6'])
  assert.equal(sockets('-l').split('\n').length, 2)
}, 90_000)
