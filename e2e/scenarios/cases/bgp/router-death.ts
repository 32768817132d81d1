import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { eventually } from '../../../harness/eventually'
import type { Lab } from '../../../harness/lab'
import { bfdProfile, peer, service } from '../../../harness/manifests'
import { everySession, sessionOf } from '../../../harness/plans'
import { nextHops } from '../../../harness/traffic'

const address = '10.99.0.254'
/** Of the peer that a lab has (manifests.ts), and a third of it. */
const [holdMillis, keepaliveMillis] = [9_000, 3_000]

type Line = {
  readonly time?: string
  readonly event?: string
  readonly peer?: string
  readonly state?: string
  readonly previous?: string
  readonly message?: string
}

/** The router falls silent, as one that loses power, and comes back knowing nothing. */
export function routerDeath(lab: () => Lab): void {
  const port = (state: 0 | 3): Promise<unknown> =>
    lab().cluster.exec('switch', ['bridge', 'link', 'set', 'dev', 'lan-router', 'state', String(state)])
  /** Silent first, so that no FIN of the dying daemons gets out. When that was, in milliseconds since 1970. */
  const die = async (): Promise<number> => {
    const { stdout } = await lab().cluster.exec('switch', ['sh', '-c', 'date +%s%3N; bridge link set dev lan-router state 0'])
    await lab().cluster.router.kill()
    return Number(stdout.trim())
  }
  const revive = async (): Promise<void> => {
    await port(3)
    await lab().cluster.router.start()
  }
  const routed = async (name: string): Promise<string> => {
    await lab().cluster.apply([service(name, { pool: 'routed' })])
    const [first = ''] = await lab().addresses(name)
    await advertised(first)
    return first
  }
  /** In FRR's own table, since the kernel's may still hold what an earlier FRR put there. */
  const advertised = async (prefix: string): Promise<void> => {
    await eventually(
      `the router has been told ${prefix} by every node`,
      () => lab().cluster.router.vtysh(`show bgp ipv4 unicast ${prefix}/32 json`),
      (text) => {
        const { paths = [] } = JSON.parse(text) as { paths?: readonly unknown[] }
        assert.equal(paths.length, 3)
      },
      90_000,
    )
    await eventually(
      'and uses every path',
      () => nextHops(lab().cluster, prefix),
      (hops) => assert.equal(hops.length, 3),
    )
  }
  const since = async (node: string, millis: number): Promise<readonly Line[]> =>
    ((await lab().speakerLog(node)) as readonly Line[]).filter(({ time, peer: of }) => of === 'router' && Date.parse(time ?? '') >= millis)
  /** When each node's session ended, and what its speaker logged until then. */
  const ends = async (millis: number): Promise<readonly { readonly afterMillis: number; readonly lines: readonly Line[] }[]> =>
    Promise.all(
      lab().cluster.nodes.map(async (node) => {
        const lines = await eventually(
          `the session of ${node} ends`,
          () => since(node, millis),
          (all) => assert.ok(all.some(({ event, previous }) => event === 'bgp-state' && previous === 'Established')),
          60_000,
        )
        const end = lines.findIndex(({ event, previous }) => event === 'bgp-state' && previous === 'Established')
        return { afterMillis: Date.parse(lines[end]?.time ?? '') - millis, lines }
      }),
    )
  const named = async (reason: RegExp): Promise<void> => {
    for (const node of lab().cluster.nodes)
      await eventually(
        `the status of ${node} says why`,
        () => sessionOf(lab(), node),
        (session) => {
          assert.notEqual(session.state, 'Established')
          assert.match(session.lastError ?? '', reason)
        },
      )
  }

  describe('a router that dies', () => {
    test('without BFD: the session ends when the hold time is over, says so, and comes back with its routes by itself', async () => {
      const prefix = await routed('router-dies')
      try {
        const diedAt = await die()
        const ended = await ends(diedAt)
        console.log(
          `hold time ${holdMillis} ms: sessions ended ${ended.map(({ afterMillis }) => afterMillis).join(', ')} ms after the router`,
        )
        // The last sign of life came before its death, one keepalive interval at most: sooner than that is not the hold time.
        for (const { afterMillis } of ended) assert.ok(afterMillis >= holdMillis - keepaliveMillis - 1_000, `${afterMillis}`)
        // What every attempt to connect meets meanwhile is another failure, so the log is asked for the first.
        for (const { lines } of ended) {
          const [first] = lines.filter(({ event }) => event === 'bgp-failed')
          assert.match(
            first?.message ?? '',
            new RegExp(`nothing heard from ${address.replaceAll('.', '\\.')} port 179 for 9 s \\(hold time\\)`),
          )
        }
        await named(/(nothing heard from 10\.99\.0\.254 port 179 for 9 s|10\.99\.0\.254 did not answer)/)
      } finally {
        await revive()
        await everySession(lab())
      }
      await advertised(prefix)
    })

    test('with BFD: the session ends at once, and BFD is the reason', async () => {
      const prefix = await routed('router-dies')
      const configure = (): Promise<unknown> =>
        lab()
          .cluster.router.configure('bfd', 'profile swift', 'receive-interval 300', 'transmit-interval 300', 'detect-multiplier 3')
          .then(() => lab().cluster.router.configure('router bgp 64512', 'neighbor nodes bfd profile swift'))
      const bfdUp = (): Promise<unknown> =>
        eventually(
          'BFD is up with every node',
          () => Promise.all(lab().cluster.nodes.map((node) => sessionOf(lab(), node))),
          (all) =>
            assert.deepEqual(
              all.map(({ bfd, state }) => [bfd?.state, state]),
              all.map(() => ['Up', 'Established']),
            ),
          90_000,
        )
      await configure()
      await lab().cluster.apply([
        bfdProfile('swift', { receiveInterval: 300, transmitInterval: 300, detectMultiplier: 3 }),
        peer('router', address, { bfdProfile: 'swift' }),
      ])
      try {
        await bfdUp()
        try {
          const diedAt = await die()
          const ended = await ends(diedAt)
          console.log(`BFD 300 ms × 3: sessions ended ${ended.map(({ afterMillis }) => afterMillis).join(', ')} ms after the router`)
          for (const { lines } of ended) {
            const told = lines.filter(({ event }) => event === 'bfd-state' || event === 'bgp-failed' || event === 'bgp-state')
            const at = (is: (line: Line) => boolean): number => told.findIndex(is)
            const down = at(({ event, state }) => event === 'bfd-state' && state === 'Down')
            const end = at(({ event, previous }) => event === 'bgp-state' && previous === 'Established')
            assert.ok(down >= 0 && down < end, `BFD is lost first, then BGP: ${JSON.stringify(told)}`)
            const [first] = told.filter(({ event }) => event === 'bgp-failed')
            assert.match(first?.message ?? '', /BFD has lost 10\.99\.0\.254/)
          }
          await named(/(BFD has lost 10\.99\.0\.254|10\.99\.0\.254 did not answer)/)
        } finally {
          await revive()
          await everySession(lab())
        }
        await configure()
        await bfdUp()
        await advertised(prefix)
      } finally {
        await lab().cluster.apply([peer('router', address)])
        await lab().cluster.router.configure('router bgp 64512', 'no neighbor nodes bfd')
        await everySession(lab())
        await lab().cluster.kubectl(['delete', 'service', 'router-dies'])
      }
    })
  })
}
