import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { parseMac } from '@loadstone/ip'
import { announcingLinks, type LinkState } from '../../src/worker/links'
import { ip } from '../builders'

const eth0: LinkState = {
  index: 2,
  name: 'eth0',
  mac: parseMac('02:00:5e:10:00:01')!,
  up: true,
  running: true,
  flags: { broadcast: true, loopback: false, noArp: false },
  addresses: [],
}
const names = (links: readonly LinkState[], exclude: readonly string[] = []) => announcingLinks(links, exclude).map(({ name }) => name)

test('an Ethernet link that is up announces', () => assert.deepEqual(names([eth0]), ['eth0']))

const { mac: _, ...noMac } = eth0
const refused: Readonly<Record<string, LinkState>> = {
  'that is down': { ...eth0, up: false },
  'without a MAC address, as a tunnel': noMac,
  'without ARP': { ...eth0, flags: { ...eth0.flags, noArp: true } },
  'that cannot broadcast': { ...eth0, flags: { ...eth0.flags, broadcast: false } },
  'of the node to itself': { ...eth0, name: 'lo', flags: { ...eth0.flags, loopback: true } },
  'that belongs to a bridge, bond or VRF': { ...eth0, master: 7 },
}
for (const [what, link] of Object.entries(refused)) test(`a link ${what} does not announce`, () => assert.deepEqual(names([link]), []))

test('a link without a carrier stays, to go on when the carrier is back', () =>
  assert.deepEqual(names([{ ...eth0, running: false }]), ['eth0']))

test('links are excluded by regular expressions that match anywhere unless anchored', () => {
  const links = ['eth0', 'docker0', 'veth12', 'xveth'].map((name, index) => ({ ...eth0, name, index }))
  assert.deepEqual(names(links, ['^docker', '^veth.*']), ['eth0', 'xveth'])
  assert.deepEqual(names(links, ['veth']), ['docker0', 'eth0'])
})

test('global addresses are told, lowest first; link-local and tentative ones are not', () => {
  const addresses = [
    { ip: ip('fe80::1'), length: 64, scope: 'link', tentative: false },
    { ip: ip('2001:db8::1'), length: 64, scope: 'global', tentative: true },
    { ip: ip('2001:db8::2'), length: 64, scope: 'global', tentative: false },
    { ip: ip('192.0.2.9'), length: 64, scope: 'global', tentative: false },
    { ip: ip('127.0.0.1'), length: 64, scope: 'host', tentative: false },
  ]
  assert.deepEqual(announcingLinks([{ ...eth0, addresses }], [])[0]?.addresses, ['192.0.2.9', '2001:db8::2'])
})

test('the link-local address is told, once it is not tentative any more', () => {
  const linkLocal = (tentative: boolean) =>
    announcingLinks([{ ...eth0, addresses: [{ ip: ip('fe80::1'), length: 64, scope: 'link', tentative }] }], [])[0]?.linkLocal
  assert.deepEqual([linkLocal(true), linkLocal(false)], [undefined, 'fe80::1'])
})
