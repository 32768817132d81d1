import assert from 'node:assert/strict'
import { afterAll, beforeAll, describe, test } from '@jest/globals'
import { type Held, holdConnections, type ConnectionReport as Talk } from '../../../harness/connections'
import { eventually } from '../../../harness/eventually'
import type { Lab } from '../../../harness/lab'
import { bfdProfile, peer, service } from '../../../harness/manifests'
import { absences, type PathChange, type PathWatch, spread, watchPaths } from '../../../harness/path-watch'
import { type ProbeReport, type Prober, startProber, told } from '../../../harness/prober'
import { everyPath } from '../../../harness/traffic'
import { dualStack } from '../bgp/ipv6'

const rounds = 2
const connections = 50

/** Starts every speaker anew, one node after the other, and waits until all are ready. */
export async function restartSpeakers(lab: Lab): Promise<void> {
  await lab.cluster.kubectl(['rollout', 'restart', 'daemonset', '-n', lab.namespace, '-l', 'app.kubernetes.io/component=speaker'])
  await lab.speakersReady()
}

/** What an observer of the network saw, from before the first restart until after the last. */
type Seen = {
  readonly owner: string
  readonly arp: ProbeReport
  readonly udp: ProbeReport
  readonly talk: Talk
  readonly plain: readonly PathChange[]
  readonly graceful: readonly PathChange[]
}

/** Speakers are replaced twice in a row, and baselines are from before both, so a move in either is seen. */
export function rollingRestarts(lab: () => Lab): void {
  describe(`${rounds} rolling restarts of the speakers in a row`, () => {
    let seen: Seen
    beforeAll(async () => {
      await lab().cluster.apply([service('l2', { pool: 'lan' })])
      await dualStack(lab())
      seen = await watched(lab())
    }, 240_000)

    test('every ARP question, one each 5 ms, is answered, and by the owner', () => {
      console.log(`ARP through ${rounds} rolling restarts: ${told(seen.arp)}`)
      assert.ok(seen.arp.asked > 1_000, 'it was asked all the time')
      assert.equal(seen.arp.unanswered, 0, told(seen.arp))
      assert.deepEqual([...seen.arp.answersBy.keys()], [seen.owner])
    })

    test('every datagram through the Service is answered, and comes back over the owner', () => {
      console.log(`UDP through ${rounds} rolling restarts: ${told(seen.udp)}`)
      assert.ok(seen.udp.asked > 300, 'it was asked all the time')
      assert.equal(seen.udp.unanswered, 0, told(seen.udp))
      assert.deepEqual([...seen.udp.answersBy.keys()], [seen.owner])
    })

    test(`of ${connections} open TCP connections none is reset and none falls silent`, () => {
      console.log(`TCP through ${rounds} rolling restarts: ${JSON.stringify(seen.talk)}`)
      assert.deepEqual([seen.talk.open, seen.talk.reset, seen.talk.silent], [connections, 0, 0])
      assert.ok(seen.talk.answered > connections * 100, 'they talked all the time')
    })

    test('a router that does not keep routes lacks the path over a node only while that node is between two sessions', () => {
      const gone = absences(hops4, seen.plain)
      console.log(`without graceful restart, how long a path was gone: ${spread(gone.map(({ millis }) => millis))}`)
      assert.deepEqual(
        seen.plain.filter(({ hops }) => hops.length < 2),
        [],
        'the address is never without the paths over the other nodes',
      )
      for (const hop of hops4) assert.ok(gone.filter((one) => one.hop === hop).length <= rounds, `${hop} went more often than it had to`)
      assert.deepEqual(seen.plain.at(-1)?.hops ?? hops4, hops4)
    })

    test('with enableGracefulRestart the router keeps every path all the time', () => {
      assert.deepEqual(lacking(seen.graceful), [])
    })
  })
}

const hops4 = ['10.99.0.11', '10.99.0.12', '10.99.0.13']
const lacking = (changes: readonly PathChange[]): readonly PathChange[] => changes.filter(({ hops }) => hops.length !== 3)

/** Every observer begins before the first restart; whatever happens, all of them end. */
async function watched(lab: Lab): Promise<Seen> {
  const { cluster } = lab
  const [onLan = ''] = await lab.addresses('l2')
  const [plainAddress = '', gracefulAddress = ''] = byFamily(await lab.addresses('both'))
  const probers: Prober[] = []
  const watches: PathWatch[] = []
  let held: Held | undefined
  try {
    const arp = await startProber(cluster, { address: onLan })
    // An echo that is not let run for a second must find all datagrams of that second in its socket's buffer.
    const udp = await startProber(cluster, { address: onLan, kind: 'udp', everyMillis: 20 })
    probers.push(arp, udp)
    const plain = await watchPaths(cluster, plainAddress)
    const graceful = await watchPaths(cluster, gracefulAddress)
    watches.push(plain, graceful)
    held = await holdConnections(cluster, 'client', onLan, connections)
    const owner = arp.last()?.by ?? ''
    const began = Date.now()
    for (let round = 0; round < rounds; round++) {
      await restartSpeakers(lab)
      await settled(lab, plainAddress, gracefulAddress)
    }
    const reports = await Promise.all([arp.end(began), udp.end(began)])
    for (const watch of watches.splice(0)) await watch.end()
    const talk = await held.report()
    return { owner, arp: reports[0], udp: reports[1], talk, plain: plain.changesSince(began), graceful: graceful.changesSince(began) }
  } finally {
    for (const prober of probers) prober.stop()
    await Promise.allSettled(watches.map((watch) => watch.end()))
    held?.drop()
  }
}

async function settled(lab: Lab, ...addresses: readonly string[]): Promise<void> {
  await eventually(
    'the router has both sessions with every node',
    () => lab.establishedPeers(),
    (count) => assert.equal(count, 6),
  )
  for (const address of addresses) await everyPath(lab.cluster, address)
}

/** IPv4 first. */
const byFamily = (addresses: readonly string[]): readonly string[] =>
  [...addresses].sort((a, b) => Number(a.includes(':')) - Number(b.includes(':')))

type BfdPeer = { readonly peer: string; readonly status: string; readonly 'receive-interval': number; readonly 'detect-multiplier': number }

/**
 * Graceful restart and BFD on the same sessions: a BFD session that went down would make the router drop the routes it keeps. At a pace
 * that a busy machine keeps, too, since a session that is not handed over goes down at any.
 */
export function gracefulWithBfd(lab: () => Lab): void {
  const { vtysh, configure } = {
    vtysh: (command: string) => lab().cluster.router.vtysh(command),
    configure: (...lines: readonly string[]) => lab().cluster.router.configure(...lines),
  }
  const downs = async (): Promise<number> => {
    const counters = JSON.parse(await vtysh('show bfd peers counters json')) as readonly { readonly 'session-down': number }[]
    return counters.reduce((sum, one) => sum + one['session-down'], 0)
  }
  const bfdIsUp = (): Promise<unknown> =>
    eventually(
      "the router's bfdd has every session up, by the profile",
      async () => JSON.parse(await vtysh('show bfd peers json')) as readonly BfdPeer[],
      (peers) =>
        assert.deepEqual(
          peers.map((one) => [one.status, one['receive-interval'], one['detect-multiplier']]),
          Array.from({ length: 6 }, () => ['up', 1_000, 3]),
        ),
    )

  describe(`${rounds} rolling restarts with enableGracefulRestart and BFD on the same sessions`, () => {
    beforeAll(async () => {
      await dualStack(lab())
      await configure('bfd', 'profile steady', 'receive-interval 1000', 'transmit-interval 1000', 'detect-multiplier 3')
      await configure('router bgp 64512', 'neighbor nodes bfd profile steady')
      const both = { bfdProfile: 'steady', enableGracefulRestart: true }
      await lab().cluster.apply([
        bfdProfile('steady', { receiveInterval: 1_000, transmitInterval: 1_000, detectMultiplier: 3 }),
        peer('router', '10.99.0.254', both),
        peer('router6', 'fd99::254', both),
      ])
    }, 60_000)
    afterAll(async () => {
      await lab().cluster.apply([peer('router', '10.99.0.254'), peer('router6', 'fd99::254', { enableGracefulRestart: true })])
      await configure('router bgp 64512', 'no neighbor nodes bfd')
    }, 60_000)

    test('no path and no BFD session is lost at the router', async () => {
      const addresses = await lab().addresses('both')
      await bfdIsUp()
      // The edit renews sessions node by node, the last after a while.
      for (const ip of [11, 12, 13].flatMap((node) => [`10.99.0.${node}`, `fd99::${node}`]))
        await eventually(
          'graceful restart is agreed on',
          () => vtysh(`show bgp neighbors ${ip}`),
          (text) => assert.match(text, /Remote GR Mode: Restart[\s\S]*R bit: True/),
          60_000,
        )
      await settled(lab(), ...addresses)
      const watches = await Promise.all(addresses.map((address) => watchPaths(lab().cluster, address)))
      const [before, began] = [await downs(), Date.now()]
      try {
        for (let round = 0; round < rounds; round++) {
          await restartSpeakers(lab())
          await settled(lab(), ...addresses)
        }
      } finally {
        for (const watch of watches) await watch.end()
      }
      const changes = watches.flatMap((watch) => watch.changesSince(began))
      console.log(`graceful restart with BFD: ${(await downs()) - before} BFD sessions and ${lacking(changes).length} paths were lost`)
      assert.deepEqual(lacking(changes), [])
      assert.equal((await downs()) - before, 0)
      await bfdIsUp()
    })
  })
}
