import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { apiServer, controllerManager } from '../cluster/src/control-plane/control-plane'
import { kubeconfig, makeTokens, tokenFile } from '../cluster/src/control-plane/pki'
import { bgpConfig } from '../cluster/src/machine/frr'
import { topology } from '../cluster/src/network/topology'
import { nodeFilesInEtc, nodeObject } from '../cluster/src/node/node-config'

const { nodes } = topology(2)
const files = nodes.map((node) => nodeFilesInEtc(node, 'certificate'))
const read = <T>(index: number, name: string): T => JSON.parse(files[index]?.[name] ?? 'null') as T

describe('a node', () => {
  test('gives its pods the addresses that the network routes to it, and says so in its Node object', () => {
    const conflist = read<{ plugins: [{ ipam: { ranges: [[{ subnet: string }], [{ subnet: string }]] } }] }>(
      1,
      'cni/net.d/10-loadstone.conflist',
    )
    const given = conflist.plugins[0].ipam.ranges.map(([{ subnet }]) => subnet)
    assert.deepEqual(given, ['10.244.2.0/24', 'fd44:0:0:2::/64'])
    assert.deepEqual((nodeObject(nodes[1]!) as { spec: { podCIDRs: string[] } }).spec.podCIDRs, given)
  })

  test('is NotReady within 10 s: four renewals of its lease fit into the grace period', () => {
    const { nodeLeaseDurationSeconds } = read<{ nodeLeaseDurationSeconds: number }>(0, 'kubernetes/kubelet.json')
    const grace = Number(
      /=(\d+)s/.exec(controllerManager('', '').find((flag) => flag.startsWith('--node-monitor-grace-period')) ?? '')?.[1],
    )
    assert.ok(grace < 10)
    assert.ok(grace > 4 * (nodeLeaseDurationSeconds / 4))
  })

  test('admits nobody whom the API server has not authenticated', () => {
    const { authentication, authorization } = read<{
      authentication: { anonymous: { enabled: boolean } }
      authorization: { mode: string }
    }>(0, 'kubernetes/kubelet.json')
    assert.deepEqual([authentication.anonymous.enabled, authorization.mode], [false, 'Webhook'])
  })

  test('runs kube-proxy with nftables under its own name', () => {
    assert.deepEqual(read<{ mode: string; hostnameOverride: string }>(1, 'kubernetes/proxy.json').mode, 'nftables')
    assert.deepEqual(read<{ mode: string; hostnameOverride: string }>(1, 'kubernetes/proxy.json').hostnameOverride, 'node2')
  })
})

describe('credentials', () => {
  const tokens = makeTokens(nodes)

  test('a kubelet is its node and nothing more, and the scheduler and kube-proxy are themselves', () => {
    const rows = tokenFile(tokens)
      .trim()
      .split('\n')
      .map((line) => line.split(',').slice(1))
    assert.deepEqual(rows, [
      ['admin', 'admin', 'system:masters'],
      ['system:kube-scheduler', 'kube-scheduler', ''],
      ['system:kube-proxy', 'kube-proxy', ''],
      ['system:node:node1', 'node1', 'system:nodes'],
      ['system:node:node2', 'node2', 'system:nodes'],
    ])
  })

  test('no two are alike', () => {
    const list = [tokens.admin, tokens.scheduler, tokens.proxy, ...Object.values(tokens.nodes)]
    assert.equal(new Set(list).size, 5)
  })

  test('a kubeconfig carries the authority, and never skips its verification', () => {
    const text = kubeconfig('PEM', 'secret')
    assert.ok(text.includes(Buffer.from('PEM').toString('base64')))
    assert.doesNotMatch(text, /insecure/)
  })

  test('the API server restricts nodes to what is theirs', () => {
    const flags = apiServer('/pki')
    assert.ok(flags.includes('--authorization-mode=Node,RBAC'))
    assert.ok(flags.includes('--enable-admission-plugins=NodeRestriction'))
  })
})

test('the router takes every node as an eBGP peer in both families, without policy, and uses all paths', () => {
  assert.equal(
    bgpConfig({ asn: 65000, nodesAsn: 65001 }, topology(1).nodes),
    `hostname router
router bgp 65000
 bgp router-id 10.99.0.254
 no bgp ebgp-requires-policy
 no bgp default ipv4-unicast
 bgp bestpath as-path multipath-relax
 neighbor nodes peer-group
 neighbor nodes remote-as 65001
 neighbor nodes passive
 neighbor 10.99.0.11 peer-group nodes
 neighbor fd99::11 peer-group nodes
 address-family ipv4 unicast
  neighbor nodes activate
  neighbor nodes soft-reconfiguration inbound
  maximum-paths 64
 exit-address-family
 address-family ipv6 unicast
  neighbor nodes activate
  neighbor nodes soft-reconfiguration inbound
  maximum-paths 64
 exit-address-family
exit
`,
  )
})
