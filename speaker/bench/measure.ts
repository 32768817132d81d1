import { rmSync } from 'node:fs'
import { runApiServer } from '@loadstone/kube/testing'
import { entry, plan } from '../test/builders'
import { builtSpeaker } from '../test/lab/built'
import { Cluster } from '../test/lab/cluster'
import { Gobgp } from '../test/lab/gobgp'
import { cable, Host, nodeUnderTest, type Program, sleep, until } from '../test/lab/host'
import { memoryOf, nodeAlone, owned, publishBgp, publishL2, services } from '../test/lab/load'
import { routerBfd } from '../test/lab/router-bfd'
import { savePlan, startSpeaker } from '../test/lab/speaker-process'
import { spread } from '../test/lab/spread'

/**
 * What a speaker needs with 2,000 Services, on a real API server: memory at rest, after changes and with metrics, and the time from a
 * written slice to the first ARP answer and from the start to all routes. Prints and asserts nothing. NODE_UNDER_TEST names another Node.
 */
const settleMillis = 15_000

type Lab = { readonly built: string; readonly cluster: Cluster; readonly node: Host; readonly router: Host }

/** On two hosts of its own, with a path from the node to the API server. */
async function inLab(
  lab: Pick<Lab, 'built' | 'cluster'>,
  run: (lab: Lab, api: Awaited<ReturnType<Cluster['reachableFrom']>>) => Promise<void>,
) {
  const [node, router] = await Promise.all([Host.start(), Host.start()])
  cable(node, 'eth0', '192.0.2.5/24', { host: router, name: 'lan0', address: '192.0.2.99/24' })
  const api = await lab.cluster.reachableFrom(node)
  try {
    await run({ ...lab, node, router }, api)
  } finally {
    api.close()
    await Promise.all([node.stop(), router.stop()])
  }
}

async function print(what: string, program: Program): Promise<void> {
  await sleep(settleMillis)
  const { rssMb, anonymousMb } = memoryOf(program)
  console.log(`${what.padEnd(52)} RSS ${rssMb.toFixed(1).padStart(6)} MB, anonymous ${anonymousMb.toFixed(1).padStart(6)} MB`)
}

async function main(): Promise<void> {
  const server = await runApiServer()
  const built = await builtSpeaker()
  try {
    const lab = { built, cluster: await Cluster.on(server) }
    console.log(`${nodeUnderTest}, ${services} Services`)
    await inLab(lab, async ({ node }) => print('Node alone', nodeAlone(node)))
    await inLab(lab, async ({ cluster, node, router }, api) => {
      await publishL2(cluster)
      const speaker = startSpeaker(node, { built, node: 'l2', api: api.access })
      await until('its own are claimed', async () => (await cluster.status('l2'))?.claims.length === owned, 60_000)
      await print('L2, a third of them owned', speaker)
      const millis: number[] = []
      for (let i = 0; i < 20; i++) {
        const prober = router.start([nodeUnderTest, `${built}/prober.js`, 'lan0', `10.8.0.${i}`, '1'])
        await sleep(400)
        const began = performance.now()
        await cluster.slice('l2-last', { node: 'l2', l2: [entry(`10.8.0.${i}`, { candidates: ['l2'] })], routes: [] })
        await until('it is answered', () => prober.output.includes('first answer'))
        millis.push(performance.now() - began)
        await prober.kill('SIGKILL')
      }
      await print('the same, after 20 changes in 20 s', speaker)
      console.log(spread('slice written to first answered ARP, the write included', millis).line)
    })
    await inLab(lab, async ({ cluster, node, router }, api) => {
      const gobgp = await Gobgp.start(router)
      routerBfd(router, built)
      await publishBgp(cluster)
      const began = performance.now()
      const speaker = startSpeaker(node, { built, node: 'bgp', api: api.access })
      await until('GoBGP has all', () => gobgp.routes().length === services, 60_000)
      console.log(`process start to ${services} routes in GoBGP: ${Math.round(performance.now() - began)} ms`)
      await print('BGP, all told to one router, and BFD', speaker)
    })
    for (const metrics of [undefined, { host: '192.0.2.5', port: 7472 }]) {
      await inLab(lab, async ({ node, router }) => {
        const l2 = Array.from({ length: 80 }, (_, i) => entry(`192.0.2.${i + 10}`, { services: [`shop/web-${i}`] }))
        savePlan(node, { plan: plan({ slices: ['a'] }), slices: { a: { node: 'node1', routes: [], l2 } } })
        const speaker = startSpeaker(node, { built, node: 'node1', ...(metrics !== undefined && { metrics }) })
        await until('it serves', () => speaker.log.some(({ event, role }) => event === 'role' && role === 'serving'))
        const program = `fetch('http://192.0.2.5:7472/metrics').then(a=>a.text())` // one word
        for (let i = 0; metrics !== undefined && i < 10; i++) router.run(`${nodeUnderTest} -e ${program}`)
        await print(`80 addresses, ${metrics === undefined ? 'no metrics' : 'metrics scraped ten times'}`, speaker)
      })
    }
  } finally {
    rmSync(built, { recursive: true, force: true })
    await server.stop()
  }
}

void main()
