import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, describe, test } from '@jest/globals'
import { type Cluster, type Logind, startLogind } from '../../../cluster/src'
import { eventually } from '../../../harness/eventually'
import type { Lab } from '../../../harness/lab'
import { l2, pool, service } from '../../../harness/manifests'
import { everySession, planOf, probed, seatOf } from '../../../harness/plans'
import { told } from '../../../harness/prober'
import { answerer, nextHops } from '../../../harness/traffic'

/**
 * A pod that takes its time to end, as many do: the kubelet ends critical pods, ours among them, when the others are gone or had their time.
 * On a node without such a pod the speaker is told to end within a second, and its DaemonSet's controller then leaves it two.
 */
const lingering = (node: string): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'lingering', namespace: 'default' },
  spec: {
    nodeName: node,
    terminationGracePeriodSeconds: 60,
    containers: [
      {
        name: 'lingering',
        image: 'docker.io/loadstone/echo:dev',
        imagePullPolicy: 'Never',
        command: ['node', '-e', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"],
      },
    ],
  },
})

type Node = {
  readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string; readonly message: string }[] }
}

/**
 * A node that shuts down as Kubernetes does it: its kubelet hears of it from logind, says so in the Node's Ready condition, and ends
 * the pods, the speaker among the last. Only logind is ours here.
 */
export function nodeShutdown(lab: () => Lab): void {
  const name = 'node2'
  const ready = async (): Promise<string> => {
    const { status } = await lab().cluster.api<Node>('GET', `/api/v1/nodes/${name}`)
    const { status: is = '', message = '' } = status.conditions.find(({ type }) => type === 'Ready') ?? {}
    return is === 'True' ? is : `${is}: ${message}`
  }
  const isReady = (): Promise<unknown> => eventually(`${name} is Ready`, ready, (is) => assert.equal(is, 'True'), 60_000)
  /** The DaemonSet's controller waits longer and longer before it replaces pods that the kubelet has refused; it need not. */
  const back = async (): Promise<void> => {
    await isReady()
    await lab().cluster.kubectl(['delete', 'pods', '--all-namespaces', '--field-selector=status.phase=Failed', '--wait=false'])
    await lab().speakersReady()
    await everySession(lab())
  }
  const withLogind = async (body: (logind: Logind) => Promise<void>): Promise<void> => {
    const logind = await startLogind(join(lab().cluster.dir, 'logind.sock'))
    try {
      await lab()
        .cluster.node(name)
        .restartKubelet({
          settings: { shutdownGracePeriod: '25s', shutdownGracePeriodCriticalPods: '15s' },
          environment: { DBUS_SYSTEM_BUS_ADDRESS: logind.address },
        })
      await eventually(
        'the kubelet watches for a shutdown',
        async () => logind.isWatched(),
        (is) => assert.ok(is),
      )
      await isReady()
      await body(logind)
    } finally {
      await lab().cluster.node(name).restartKubelet()
      logind.close()
      await back()
      await lab().cluster.kubectl([
        'delete',
        'service/shutdown-lan',
        'service/shutdown-routed',
        'pod/lingering',
        '--ignore-not-found',
        '--force',
      ])
    }
  }

  describe('a node that shuts down', () => {
    const listeners: ChildProcess[] = []
    afterAll(() => listeners.splice(0).forEach((one) => void one.kill()))
    /** What comes to the router by BGP, as text. On the wire, because a router that reads our reason and our FIN at once may log the FIN alone. */
    const hearing = async (cluster: Cluster): Promise<() => string> => {
      const listener = cluster.spawn('router', [
        'tcpdump',
        '-i',
        'any',
        '-l',
        '-n',
        '-A',
        '--immediate-mode',
        'tcp dst port 179 or tcp src port 179',
      ])
      listeners.push(listener)
      let text = ''
      for (const stream of [listener.stdout, listener.stderr])
        stream?.on('data', (bytes) => {
          text += String(bytes)
        })
      await eventually(
        'tcpdump listens',
        async () => text,
        (said) => assert.match(said, /listening on/),
      )
      return () => text
    }

    test('hands over what it announces, tells the router why, and is back when the shutdown is taken back', async () => {
      const { cluster } = lab()
      await withLogind(async (logind) => {
        // First by this node alone, then by all: what stands, stays, so the owner is known.
        const only = { nodeSelectors: [{ matchLabels: { 'kubernetes.io/hostname': name } }] }
        await cluster.apply([
          pool('shutdown-lan', ['10.99.1.144/30'], { autoAssign: false }),
          l2('shutdown-lan', ['shutdown-lan'], only),
          service('shutdown-lan', { pool: 'shutdown-lan' }),
          service('shutdown-routed', { pool: 'routed' }),
          lingering(name),
        ])
        await cluster.kubectl(['wait', 'pod/lingering', '--for=condition=Ready', '--timeout=60s'])
        const [[onLan = ''], [routed = '']] = [await lab().addresses('shutdown-lan'), await lab().addresses('shutdown-routed')]
        assert.deepEqual(await seatOf(lab(), onLan), [name])
        await cluster.apply([l2('shutdown-lan', ['shutdown-lan'], { nodeSelectors: [] })])
        const seat = await eventually(
          'others stand by',
          () => seatOf(lab(), onLan),
          (candidates) => assert.equal(candidates.length, 3),
        )
        assert.equal(seat[0], name)
        await eventually(
          `${name} alone answers`,
          () => lab().claimants(onLan),
          (who) => assert.deepEqual(who, [name]),
        )
        const path = cluster.node(name).ip
        const everyPath = (): Promise<unknown> =>
          eventually(
            'the router has a path over every node',
            () => nextHops(cluster, routed),
            (hops) => assert.equal(hops.length, 3),
            90_000,
          )
        await everyPath()
        const heard = await hearing(cluster)
        const ours = new RegExp(`${path.replaceAll('.', '\\.')} from`)
        const fromPeer = (): Promise<string> => cluster.router.vtysh(`show bgp ipv4 unicast ${routed}/32`)

        /** How long the router still had the path when it was told to turn away from it (RFC 8326). */
        const farewell = async (): Promise<number> => {
          await eventually('the router hears GRACEFUL_SHUTDOWN, with the path still there', fromPeer, (text) => {
            assert.match(text, /graceful-shutdown/)
            assert.match(text, ours)
          })
          const heardAt = performance.now()
          await eventually('the path is withdrawn', fromPeer, (text) => assert.doesNotMatch(text, ours))
          return performance.now() - heardAt
        }
        const report = await probed(lab(), { address: onLan }, async () => {
          logind.prepareForShutdown(true)
          const handover = async (): Promise<void> => {
            await eventually('the kubelet says so', ready, (is) => assert.match(is, /^False: .*node is shutting down/))
            await eventually(
              'the plan says so',
              () => planOf(lab(), name),
              ({ spec }) => assert.equal(spec.leaving, 'shutdown'),
            )
            await eventually(
              'the next candidate answers',
              () => lab().claimants(onLan),
              (who) => assert.deepEqual(who, [seat[1]]),
            )
          }
          const [pauseMillis] = await Promise.all([farewell(), handover()])
          console.log(`${name} shuts down: its path is gone ${Math.round(pauseMillis)} ms after GRACEFUL_SHUTDOWN was seen`)
          // It is 5 s, less what the first look came late.
          assert.ok(pauseMillis >= 1_000, `routers had ${pauseMillis} ms to turn away`)
          await eventually(
            'the router is told our reason (RFC 9003)',
            async () => heard(),
            (text) => assert.match(text, new RegExp(`node ${name} is leaving: shutdown`)),
          )
        })
        console.log(`${name} shuts down, ARP asked every 5 ms: ${told(report)}`)
        assert.deepEqual(new Set(report.answersBy.keys()), new Set(seat.slice(0, 2)), 'nobody else ever answered')

        logind.prepareForShutdown(false)
        await back()
        await everyPath()
        assert.equal(await answerer(cluster, onLan), seat[1], 'what has moved stays')
      })
    })
  })
}
