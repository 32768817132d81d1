import assert from 'node:assert/strict'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, jest, test } from '@jest/globals'
import type { AnnouncementPlanSpec, PlannedSession, RouteSetSpec } from '@loadstone/plan'
import { Host, inRepository, type Running, until } from './lab/host'
import { birdc } from './routers/bird'
import { vtysh } from './routers/frr'

/**
 * Unnumbered: node and router know nothing of each other but the cable. The speaker as the image has it, from a saved plan and with no API
 * server, finds the router by its router advertisements, and FRR finds us by ours.
 */
const dist = inRepository('dist')
let us: Host
let them: Host
beforeEach(async () => {
  ;[us, them] = await Promise.all([Host.make('us'), Host.make('them')])
  await us.exec('ip', 'link', 'add', 'eth1', 'type', 'veth', 'peer', 'name', 'swp1', 'netns', String(them.pid))
  for (const [host, end] of [
    [us, 'eth1'],
    [them, 'swp1'],
  ] as const)
    await host.exec('ip', 'link', 'set', end, 'up')
})
afterEach(async () => void (await Promise.all([us.close(), them.close()])))

const session: PlannedSession = {
  peer: 'tor',
  interface: 'eth1',
  port: 179,
  myASN: 65_001,
  dynamicASN: 'external',
  families: ['ipv4', 'ipv6'],
  holdSeconds: 9,
  keepaliveSeconds: 3,
  connectSeconds: 5,
  ebgpMultiHop: false,
}
const plan: AnnouncementPlanSpec = {
  node: 'node1',
  sessions: [session],
  routeSets: ['shared'],
  slices: [],
  excludeInterfaces: ['^eth1$'], // from L2 only
  partners: [],
}
const shared: RouteSetSpec = {
  audience: 'every-node',
  routes: ['203.0.113.10/32', '2001:db8:1::10/128'].map((prefix) => ({ prefix, services: ['default/web'] })),
}

function startSpeaker(more: Partial<PlannedSession> = {}, passwords: Readonly<Record<string, object>> = {}): Running {
  const program = join(dist, 'speaker.js')
  if (!existsSync(program)) throw new Error(`${program} is missing: run \`make build\``)
  const account = join(us.folder, 'serviceaccount')
  mkdirSync(account, { recursive: true })
  const routeSets = { shared: { generation: 1, spec: shared } }
  const saved = {
    format: 1,
    plan: { generation: 1, spec: { ...plan, sessions: [{ ...session, ...more }] } },
    slices: {},
    routeSets,
    passwords,
  }
  writeFileSync(join(us.folder, 'plan.json'), JSON.stringify(saved))
  for (const [name, text] of [
    ['token', 'none'],
    ['ca.crt', ''],
  ] as const)
    writeFileSync(join(account, name), text)
  const mounted = `mkdir -p /run/secrets/kubernetes.io && ln -s ${account} /run/secrets/kubernetes.io/serviceaccount && exec node ${program}`
  return us.spawn(['sh', '-c', mounted], {
    NODE_NAME: 'node1',
    POD_NAME: 'speaker',
    POD_NAMESPACE: 'metallb-system',
    LOADSTONE_STATE_DIR: us.folder,
    LOADSTONE_LOG_LEVEL: 'debug',
    KUBERNETES_SERVICE_HOST: '127.0.0.1',
    KUBERNETES_SERVICE_PORT: '1',
  })
}

/** The speaker's log so far, of one event. */
const told = (speaker: Running, event: string): readonly Readonly<Record<string, unknown>>[] =>
  speaker
    .output()
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => line['event'] === event)
const established = (speaker: Running): number => told(speaker, 'bgp-state').filter(({ state }) => state === 'Established').length
const addressedTo = (speaker: Running): unknown => told(speaker, 'bgp-state').at(-1)?.['address']

const linkLocal = async (host: Host, link: string): Promise<string> =>
  until('a link-local address', 60, async () => {
    const shown = JSON.parse(await host.exec('ip', '-j', '-6', 'addr', 'show', link, 'scope', 'link', '-tentative')) as Addresses
    return shown.flatMap((one) => one.addr_info ?? []).find(({ local }) => local !== undefined)?.local
  })
/** Of what the question does not ask for, ip shows empty objects. */
type Addresses = readonly { readonly addr_info?: readonly { readonly local?: string }[] }[]

/** What the router's kernel would do with traffic for the prefix. */
const kernelRoute = async (prefix: string): Promise<string> =>
  (await them.exec('ip', prefix.includes(':') ? '-6' : '-4', 'route', 'show', prefix)).replaceAll(/\s+/g, ' ')
async function inKernel(prefix: string, wanted: string): Promise<void> {
  let last = ''
  await until(`${prefix} in the router's kernel`, 60, async () => {
    last = await kernelRoute(prefix)
    return last.includes(wanted) ? true : undefined
  }).catch((error: Error) => assert.fail(`${error.message}; it has "${last}"`))
}

jest.setTimeout(240_000) // what is waited for has limits of its own, and each says what it waited for

describe('FRR', () => {
  const config = `log stdout
router bgp 65002
 bgp router-id 10.0.0.2
 no bgp ebgp-requires-policy
 neighbor swp1 interface remote-as external
 neighbor swp1 timers 3 9
 neighbor swp1 timers connect 2
 address-family ipv6 unicast
  neighbor swp1 activate
 exit-address-family
`
  /** zebra sends router advertisements because bgpd has a neighbor by interface. */
  async function startFrr(neighbor = ''): Promise<readonly Running[]> {
    await them.exec('install', '-d', '-o', 'frr', '-g', 'frr', '/run/frr')
    for (const [name, text] of [
      ['zebra.conf', 'log stdout\n'],
      ['frr.conf', `${config}${neighbor}`],
      ['bfdd.conf', 'log stdout\nbfd\n profile fast\n  receive-interval 50\n  transmit-interval 50\n'],
    ] as const)
      writeFileSync(join(them.folder, name), text)
    await them.exec('chmod', '-R', 'a+rX', them.folder)
    const daemon = (name: string, file: string): Running =>
      them.spawn([
        `/usr/lib/frr/${name}`,
        ...['-f', join(them.folder, file), '--vty_socket', '/run/frr', '-i', `/run/frr/${name}.pid`, '-z', '/run/frr/zserv.api'],
      ])
    const zebra = daemon('zebra', 'zebra.conf')
    await until('zebra', 60, async () => ((await them.exec('ls', '/run/frr')).includes('zserv.api') ? true : undefined)).catch(() =>
      assert.fail(zebra.output()),
    )
    return [zebra, daemon('bgpd', 'frr.conf'), ...(neighbor.includes(' bfd') ? [daemon('bfdd', 'bfdd.conf')] : [])]
  }

  test('routes of both families arrive in the router’s kernel, by our link-local address', async () => {
    await startFrr()
    const speaker = startSpeaker()
    const ours = await linkLocal(us, 'eth1')
    await inKernel('203.0.113.10', 'dev swp1')
    await inKernel('2001:db8:1::10', `via ${ours} dev swp1`)
    assert.match(await kernelRoute('203.0.113.10'), new RegExp(`via inet6 ${ours} dev swp1`))
    assert.equal(addressedTo(speaker), await linkLocal(them, 'swp1'))
    assert.equal(established(speaker), 1)
  })

  test('RFC 2545 §3: a global address of ours on the link comes with the link-local one', async () => {
    await us.exec('ip', 'addr', 'add', 'fd00:7::5/64', 'dev', 'eth1', 'nodad')
    await startFrr()
    startSpeaker()
    await inKernel('2001:db8:1::10', 'dev swp1')
    const { paths } = JSON.parse(await vtysh({ host: them }, 'show bgp ipv6 unicast 2001:db8:1::10/128 json')) as Paths
    assert.deepEqual(paths[0]?.nexthops.map(({ ip }) => ip).toSorted(), ['fd00:7::5', await linkLocal(us, 'eth1')])
  })
  type Paths = { readonly paths: readonly { readonly nexthops: readonly { readonly ip: string }[] }[] }

  test('a router that restarts has forgotten us, and hears that we are here again', async () => {
    const daemons = await startFrr()
    const speaker = startSpeaker()
    await inKernel('203.0.113.10', 'dev swp1')
    for (const { child } of daemons) child.kill('SIGKILL')
    await Promise.all(daemons.map(({ ended }) => ended))
    await them.exec('rm', '-rf', '/run/frr')
    await startFrr()
    await until('the session to be up again', 60, () => (established(speaker) === 2 ? true : undefined)).catch((error: Error) =>
      assert.fail(`${error.message}\n${speaker.output()}`),
    )
    await until('the route at the router', 60, async () =>
      (await vtysh({ host: them }, 'show bgp ipv4 unicast json')).includes('203.0.113.10/32') ? true : undefined,
    )
  })

  test('a router that has another link-local address is followed', async () => {
    await startFrr()
    const speaker = startSpeaker()
    await inKernel('203.0.113.10', 'dev swp1')
    const old = await linkLocal(them, 'swp1')
    await them.exec('ip', 'addr', 'add', 'fe80::7/64', 'dev', 'swp1', 'nodad')
    await them.exec('ip', 'addr', 'del', `${old}/64`, 'dev', 'swp1')
    await until('a session with the new address', 90, () =>
      addressedTo(speaker) === 'fe80::7' && established(speaker) > 1 ? true : undefined,
    ).catch((error: Error) => assert.fail(`${error.message}\n${speaker.output()}`))
    await inKernel('203.0.113.10', 'dev swp1')
  })

  test('BFD by link-local addresses: a router that hangs loses its session by BFD, not by the hold time, and gets it back', async () => {
    const daemons = await startFrr('router bgp 65002\n neighbor swp1 bfd profile fast\n')
    const speaker = startSpeaker({
      bfd: { profile: 'fast', receiveIntervalMillis: 50, transmitIntervalMillis: 50, detectMultiplier: 3, passive: false },
    })
    const ours = await linkLocal(us, 'eth1')
    const bfdUp = (): Promise<true> =>
      until('BFD up at FRR', 60, async () => {
        const peers = JSON.parse(await vtysh({ host: them }, 'show bfd peers json')) as readonly { peer: string; status: string }[]
        return peers.some(({ peer, status }) => peer === ours && status === 'up') ? true : undefined
      })
    await bfdUp()
    await until('the session', 60, () => (established(speaker) === 1 ? true : undefined))
    for (const { child } of daemons) child.kill('SIGSTOP')
    // without BFD the cause would be the hold time
    const failed = await until('the session to end', 60, () => told(speaker, 'bgp-failed').at(-1)).catch((error: Error) =>
      assert.fail(`${error.message}\n${speaker.output()}`),
    )
    assert.match(String(failed['message']), /BFD has lost/)
    for (const { child } of daemons) child.kill('SIGCONT')
    await bfdUp()
    await until('the session again', 60, () => (established(speaker) === 2 ? true : undefined))
    await inKernel('203.0.113.10', 'dev swp1')
  })

  test('TCP-MD5 by link-local addresses: the right password, and another one, which is named as the probable cause', async () => {
    await startFrr('router bgp 65002\n neighbor swp1 password sesame\n')
    const passwordSecret = { name: 'tor', resourceVersion: '1' }
    const wrong = startSpeaker({ passwordSecret }, { tor: { text: 'open', planned: '1' } })
    await until('the cause to be named', 60, () =>
      told(wrong, 'bgp-failed').some(({ message }) => /password/.test(String(message))) ? true : undefined,
    ).catch((error: Error) => assert.fail(`${error.message}\n${wrong.output()}`))
    assert.equal(established(wrong), 0)
    wrong.child.kill('SIGTERM')
    await wrong.ended
    startSpeaker({ passwordSecret }, { tor: { text: 'sesame', planned: '1' } })
    await inKernel('203.0.113.10', 'dev swp1')
  })

  test('while no router is heard the session waits, and the log says for what', async () => {
    const speaker = startSpeaker()
    await until('routers were looked for', 60, () => (told(speaker, 'routers').length > 0 ? true : undefined))
    assert.deepEqual(told(speaker, 'routers')[0]?.['routers'], [])
    await startFrr()
    await inKernel('203.0.113.10', 'dev swp1')
    assert.deepEqual(told(speaker, 'routers').at(-1)?.['routers'], [await linkLocal(them, 'swp1')])
  })
})

describe('BIRD', () => {
  test('a neighbour of any link-local address of the link: routes of both families arrive in the router’s kernel', async () => {
    const config = `log stderr all;
router id 10.0.0.2;
protocol device {}
protocol kernel { ipv4 { export all; }; }
protocol kernel { ipv6 { export all; }; }
protocol radv { interface "swp1" { max ra interval 10; default lifetime 0; }; }
protocol bgp tor {
  local as 65002;
  neighbor range fe80::/10 external;
  interface "swp1";
  passive on;
  ipv4 { import all; export none; extended next hop on; };
  ipv6 { import all; export none; };
}
`
    writeFileSync(join(them.folder, 'bird.conf'), config)
    const bird = them.spawn(['bird', '-f', '-c', join(them.folder, 'bird.conf'), '-s', '/run/bird.ctl', '-P', '/run/bird.pid'])
    await until('BIRD', 60, async () => ((await birdc({ host: them }, 'show', 'status').catch(() => '')) === '' ? undefined : true)).catch(
      () => assert.fail(bird.output()),
    )
    const speaker = startSpeaker()
    const ours = await linkLocal(us, 'eth1')
    await inKernel('203.0.113.10', `via inet6 ${ours} dev swp1`).catch((error: Error) =>
      assert.fail(`${error.message}\n${bird.output()}\n${speaker.output()}`),
    )
    await inKernel('2001:db8:1::10', `via ${ours} dev swp1`)
    assert.equal(addressedTo(speaker), await linkLocal(them, 'swp1'))
  })
})
