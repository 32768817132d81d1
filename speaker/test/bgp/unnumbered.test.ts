import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { locate, routerInterfaces } from '../../src/bgp/unnumbered'
import { parsePlan } from '../../src/plan/decode'
import { ip, plan, session } from '../builders'

const found = (...routers: string[]) => ({ interface: 'eth1', routers: routers.map(ip) })
const up = (address: string) => ({ address: ip(address), established: true })
const down = (address: string) => ({ address: ip(address), established: false })

describe('the router of an unnumbered session', () => {
  test('is the one that is heard', () => {
    assert.deepEqual(locate('eth1', found('fe80::1'), undefined), { address: 'fe80::1' })
  })

  test('of several the lowest, and it says that an unnumbered session needs one', () => {
    assert.deepEqual(locate('eth1', found('fe80::1', 'fe80::2', 'fe80::3'), undefined), {
      address: 'fe80::1',
      warning: 'eth1 has other routers beside fe80::1: fe80::2, fe80::3; an unnumbered session needs a link with one router',
    })
  })

  test('of several the one it was with, up or not', () => {
    for (const held of [up('fe80::2'), down('fe80::2')]) {
      const located = locate('eth1', found('fe80::1', 'fe80::2'), held)
      assert.equal('address' in located && located.address, 'fe80::2')
      assert.match(('warning' in located && located.warning) || '', /other routers beside fe80::2: fe80::1/)
    }
  })

  test('stays while the session is up, whoever else is heard and whatever became of the link', () => {
    assert.deepEqual(locate('eth1', found(), up('fe80::1')), { address: 'fe80::1' })
    assert.deepEqual(locate('eth1', { ...found(), problem: 'interface eth1 has no carrier' }, up('fe80::1')), { address: 'fe80::1' })
    const located = locate('eth1', found('fe80::2'), up('fe80::1'))
    assert.equal('address' in located && located.address, 'fe80::1')
  })

  test('is another when the session is down and the router has a new address', () => {
    assert.deepEqual(locate('eth1', found('fe80::2'), down('fe80::1')), { address: 'fe80::2' })
  })

  test('is awaited, and it says what must happen', () => {
    assert.deepEqual(locate('eth1', undefined, undefined), { awaited: 'it is not known yet which router is on eth1' })
    assert.deepEqual(locate('eth1', found(), undefined), {
      awaited:
        'no router has been heard on eth1: the session begins with the first router advertisement there, so let the router send them',
    })
    const problem = 'this node has no interface eth1: correct the BGPPeer, or limit it by nodeSelectors'
    assert.deepEqual(locate('eth1', { ...found(), problem }, undefined), { awaited: problem })
  })

  test('is still tried at its old address while no other is known, with a word on why', () => {
    const problem = 'interface eth1 has no carrier'
    assert.deepEqual(locate('eth1', { ...found(), problem }, down('fe80::1')), { address: 'fe80::1', warning: problem })
  })
})

test('interfaces are watched once each, and a router is awaited while any session over it is not up', () => {
  const sessions = [
    session({ peer: 'a', interface: 'eth2' }),
    session({ peer: 'b', interface: 'eth1' }),
    session({ peer: 'c', interface: 'eth1' }),
    session({ peer: 'numbered' }),
  ]
  const watched = (...established: string[]) => routerInterfaces(sessions, (peer) => established.includes(peer))
  assert.deepEqual(watched('a', 'b'), [
    { name: 'eth1', awaited: true },
    { name: 'eth2', awaited: false },
  ])
  assert.equal(watched('c')[0]?.awaited, true)
  assert.deepEqual(watched('c', 'b').map(({ awaited }) => awaited), [false, true]) // biome-ignore format: one line
})

test('a plan with a session by interface is read', () => {
  const { address, ...rest } = session()
  const { content, refusals } = parsePlan(plan({ sessions: [{ ...rest, interface: 'eth1' }] }), 'node1')
  assert.deepEqual(refusals, [])
  assert.deepEqual(content?.sessions[0], { ...rest, interface: 'eth1' })
})
