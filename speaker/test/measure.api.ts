import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, test } from '@jest/globals'
import { useApiServer } from '@loadstone/kube/testing'
import { builtSpeaker } from './lab/built'
import { Cluster } from './lab/cluster'
import { Gobgp } from './lab/gobgp'
import { cable, Host, type Program, sleep, until } from './lab/host'
import { type Memory, memoryOf, nodeAlone, owned, publishBgp, publishL2, services } from './lab/load'
import { routerBfd } from './lab/router-bfd'
import { startSpeaker } from './lab/speaker-process'

/** What 2,000 Services may cost above Node alone, which is measured beside it. `make bench-speaker` prints more. */
const most = { rssMb: 40, anonymousMb: 26 }

const server = useApiServer()
let built = ''
let cluster: Cluster
let node: Host
let router: Host
let api: Awaited<ReturnType<Cluster['reachableFrom']>>
beforeAll(async () => {
  built = await builtSpeaker()
  cluster = await Cluster.on(server())
}, 60_000)
afterAll(() => rmSync(built, { recursive: true, force: true }))
beforeEach(async () => {
  ;[node, router] = await Promise.all([Host.start(), Host.start()])
  cable(node, 'eth0', '192.0.2.5/24', { host: router, name: 'lan0', address: '192.0.2.99/24' })
  api = await cluster.reachableFrom(node)
})
afterEach(async () => {
  api.close()
  await Promise.all([node.stop(), router.stop()])
})

/** Asserts on the speaker's memory once what the start left behind has been collected, for which the machine must have a moment. */
async function settled(what: string, speaker: Program): Promise<void> {
  const bare = nodeAlone(node)
  await sleep(2_000)
  const alone = memoryOf(bare)
  assert.ok(alone.rssMb > 20 && alone.anonymousMb > 2, JSON.stringify(alone))
  const above = (): Memory => {
    const { rssMb, anonymousMb } = memoryOf(speaker)
    return { rssMb: rssMb - alone.rssMb, anonymousMb: anonymousMb - alone.anonymousMb }
  }
  await until('it has settled', () => above().rssMb <= most.rssMb && above().anonymousMb <= most.anonymousMb).catch(() => undefined)
  const { rssMb, anonymousMb } = above()
  const line = `${what}, above Node alone: RSS ${rssMb.toFixed(1)} MB, anonymous ${anonymousMb.toFixed(1)} MB`
  console.log(line)
  assert.ok(rssMb <= most.rssMb && anonymousMb <= most.anonymousMb, line)
}

test('memory with 2,000 addresses on L2, a third of them owned as on three nodes', async () => {
  await publishL2(cluster)
  const speaker = startSpeaker(node, { built, node: 'l2', api: api.access })
  await until('its own are claimed', async () => (await cluster.status('l2'))?.claims.length === owned, 60_000)
  await settled(`${services} addresses on L2`, speaker)
}, 120_000)

test('memory with 2,000 routes told to one router, which BFD watches at 50 ms', async () => {
  const gobgp = await Gobgp.start(router)
  routerBfd(router, built)
  await publishBgp(cluster)
  const speaker = startSpeaker(node, { built, node: 'bgp', api: api.access })
  await until('GoBGP has all', () => gobgp.routes().length === services, 60_000)
  await until('BFD is up', async () => (await cluster.status('bgp'))?.sessions[0]?.bfd?.state === 'Up', 60_000)
  await settled(`${services} routes in sets and BFD`, speaker)
}, 150_000)
