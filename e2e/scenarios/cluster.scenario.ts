import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, jest, test } from '@jest/globals'
import { type Cluster, startCluster } from '../cluster/src'
import { assets } from '../cluster/src/host/paths'
import { type Identity, identityOf, isAlive, parentOf, run } from '../cluster/src/host/processes'
import { cgroupOf, cgroupRoots, readIdentity, runDir, sweep } from '../cluster/src/host/run-dir'
import { processesBelow } from '../cluster/src/machine/memory'
import { eventually } from '../harness/eventually'
import { echo, service } from '../harness/manifests'
import { ask } from '../harness/traffic'

jest.setTimeout(120_000)

type Node = { readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] } }
type DaemonSet = { readonly status: { readonly numberReady?: number } }

const isReady = async (cluster: Cluster, node: string): Promise<boolean> => {
  const { status } = await cluster.api<Node>('GET', `/api/v1/nodes/${node}`)
  return status.conditions.some(({ type, status: value }) => type === 'Ready' && value === 'True')
}
/** Every process of a cluster, to be asked later whether it still is. */
const everyProcess = (switchPid: number): readonly Identity[] => processesBelow(switchPid).flatMap(({ pid }) => identityOf(pid) ?? [])
const survivors = (processes: readonly Identity[]): readonly number[] => processes.filter(isAlive).map(({ pid }) => pid)
const leftCgroups = (name: string): readonly string[] =>
  cgroupRoots()
    .map((root) => join(root, cgroupOf(name)))
    .filter((path) => existsSync(path))

describe('a cluster in network namespaces', () => {
  const lines: string[] = []
  let running: Cluster | undefined
  const cluster = (): Cluster => {
    if (running === undefined) throw new Error('the cluster did not start')
    return running
  }
  beforeAll(async () => {
    running = await startCluster({ nodes: 3, log: (line) => lines.push(line) })
    console.log(lines.join('\n'))
  }, 300_000)
  afterAll(() => running?.down(), 60_000)

  test('has three nodes that are Ready, and says what its start took', async () => {
    assert.deepEqual([...cluster().nodes], ['node1', 'node2', 'node3'])
    for (const node of cluster().nodes) assert.ok(await isReady(cluster(), node))
    assert.match(lines.at(-1) ?? '', /ready [\d.]+ s after the start/)
  })

  test('runs a pod on each node', async () => {
    await cluster().apply([echo()])
    await eventually(
      'every pod is ready',
      () => cluster().api<DaemonSet>('GET', '/apis/apps/v1/namespaces/default/daemonsets/echo'),
      ({ status }) => assert.equal(status.numberReady, 3),
    )
  })

  test('forwards a LoadBalancer address in both families, once it stands in the status and the client has a route', async () => {
    await cluster().apply([service('by-hand', { spec: { ipFamilyPolicy: 'RequireDualStack' } })])
    const status = { loadBalancer: { ingress: [{ ip: '10.99.1.7' }, { ip: 'fd99:1::7' }] } }
    await cluster().api('PATCH', '/api/v1/namespaces/default/services/by-hand/status', {
      body: { status },
      contentType: 'application/merge-patch+json',
    })
    await cluster().exec('client', ['ip', 'route', 'add', '10.99.1.7', 'via', cluster().node(1).ip])
    await cluster().exec('client', ['ip', 'route', 'add', 'fd99:1::7', 'via', cluster().node(2).ip6])
    for (const address of ['10.99.1.7', 'fd99:1::7']) {
      const answer = await eventually(
        `${address} answers`,
        () => ask(cluster(), 'client', address),
        (seen) => assert.ok(seen),
      )
      assert.ok(cluster().nodes.includes(answer?.node ?? ''))
    }
  })

  test('without that route nobody finds an address on the LAN, because nobody answers ARP for it', async () => {
    assert.equal(await ask(cluster(), 'client', '10.99.1.8'), undefined)
    const { stdout } = await cluster().exec('client', ['ip', 'neigh', 'show', '10.99.1.8'])
    assert.match(stdout, /FAILED|INCOMPLETE/)
  })

  test('lets a pod reach the API server by the Service address with TLS verified, as who it is and where', async () => {
    const program = `
      const fs = require('node:fs'), dir = '/var/run/secrets/kubernetes.io/serviceaccount/', token = fs.readFileSync(dir + 'token', 'utf8')
      console.log(JSON.parse(Buffer.from(token.split('.')[1], 'base64'))['kubernetes.io'].node.name)
      const { KUBERNETES_SERVICE_HOST: host } = process.env
      require('node:https').get({ host, path: '/version', ca: fs.readFileSync(dir + 'ca.crt'), headers: { authorization: 'Bearer ' + token } },
        (answer) => { console.log(host, answer.statusCode); answer.resume() })`
    const container = { name: 'asks', image: 'docker.io/loadstone/echo:dev', imagePullPolicy: 'Never', args: ['-e', program] }
    const spec = { restartPolicy: 'Never', nodeName: 'node2', containers: [container] }
    await cluster().apply([{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'asks', namespace: 'default' }, spec }])
    await eventually(
      'the pod has asked',
      () => cluster().kubectl(['logs', 'asks']),
      (log) => assert.equal(log, 'node2\n10.96.0.1 200\n'),
    )
  })

  test('tells the memory of a pod as this machine sees it', async () => {
    const { items } = await cluster().api<{ readonly items: readonly { readonly metadata: { readonly name: string } }[] }>(
      'GET',
      '/api/v1/namespaces/default/pods?labelSelector=app%3Decho&fieldSelector=spec.nodeName%3Dnode1',
    )
    const [node] = await cluster().podProcesses('default', items.map(({ metadata }) => metadata.name).join())
    assert.ok(node)
    assert.match(node.command, /echo\.js/)
    assert.ok(node.anonymousBytes > 1_000_000 && node.residentBytes > node.anonymousBytes)
  })

  test('logs are read through the API server, also of a node whose data link is cut', async () => {
    await cluster().node(1).cutLink()
    try {
      const reached = await cluster().exec('client', ['ping', '-c', '1', '-W', '1', cluster().node(1).ip], { check: false })
      assert.notEqual(reached.code, 0)
      for (const node of ['node1', 'node2']) {
        const pod = await cluster().kubectl(['get', 'pods', '-l', 'app=echo', `--field-selector=spec.nodeName=${node}`, '-o', 'name'])
        assert.match(await cluster().kubectl(['logs', pod.trim()]), new RegExp(`^echo on ${node}$`, 'm'))
      }
    } finally {
      await cluster().node(1).heal()
    }
    await cluster().exec('client', ['ping', '-c', '1', '-W', '3', cluster().node(1).ip])
  })

  test('a silent cut drops everything and leaves the carrier up', async () => {
    await cluster().node(2).cutLink('silent')
    try {
      assert.notEqual((await cluster().exec('client', ['ping', '-c', '1', '-W', '1', cluster().node(2).ip], { check: false })).code, 0)
      assert.equal((await cluster().exec('node2', ['cat', '/sys/class/net/eth0/carrier'])).stdout.trim(), '1')
    } finally {
      await cluster().node(2).heal()
    }
  })

  test('the router speaks BGP, reaches what is behind it, and takes more configuration', async () => {
    assert.match(await cluster().router.vtysh('show bgp summary'), /local AS number 64512/)
    await cluster().router.configure('router bgp 64512', 'neighbor nodes timers 3 9')
    assert.match(await cluster().router.vtysh('show running-config'), /neighbor nodes timers 3 9/)
    await assert.rejects(cluster().router.configure('router bgp 64512', 'neighbor nodes nonsense'), /nonsense/)
    await cluster().exec('outside', ['ping', '-c', '1', '-W', '3', cluster().node(3).ip])
  })

  test('a program that was left running ends with what it has started, when it is killed', async () => {
    const sleeping = async (): Promise<boolean> =>
      (await cluster().exec('client', ['pgrep', '--full', '^sleep 4711$'], { check: false })).code === 0
    const client = cluster().spawn('client', ['sh', '-c', 'trap "" TERM; sleep 4711 & echo started; wait'])
    await once(client.stdout ?? client, 'data')
    assert.ok(await sleeping())
    client.kill()
    await once(client, 'close')
    assert.ok(!(await sleeping()))
  })

  test('a killed node is NotReady within 15 s, none of its processes is left, and it boots again', async () => {
    const machine = processesBelow(cluster().switch.identity().pid).filter(({ command }) => command.includes('hostname-override=node3'))
    const kubelet = identityOf(machine[0]?.pid ?? 0)
    const began = performance.now()
    await cluster().node(3).kill()
    assert.ok(kubelet !== undefined && !isAlive(kubelet))
    await eventually(
      'node3 is NotReady',
      () => isReady(cluster(), 'node3'),
      (ready) => assert.ok(!ready),
    )
    const seconds = (performance.now() - began) / 1000
    assert.ok(seconds < 15, `NotReady after ${seconds.toFixed(1)} s`)
    await cluster().node(3).start()
    await eventually(
      'node3 is Ready again',
      () => isReady(cluster(), 'node3'),
      (ready) => assert.ok(ready),
    )
  })

  test('a paused API server answers nobody, a stopped one refuses, and both come back', async () => {
    await cluster().pauseApiServer()
    await assert.rejects(cluster().api('GET', '/readyz', { timeoutSeconds: 1 }), /no answer within 1 s/)
    cluster().resumeApiServer()
    assert.equal(await cluster().api('GET', '/readyz'), 'ok')
    await cluster().stopApiServer()
    await assert.rejects(cluster().api('GET', '/readyz'))
    await cluster().startApiServer()
    assert.equal(await cluster().api('GET', '/readyz'), 'ok')
  })

  test('down ends every process and removes every file', async () => {
    const processes = everyProcess(cluster().switch.identity().pid)
    assert.ok(processes.length > 30, `only ${processes.length} processes were seen`)
    const began = performance.now()
    await cluster().down()
    console.log(`down in ${((performance.now() - began) / 1000).toFixed(2)} s`)
    assert.deepEqual([...survivors(processes)], [])
    assert.ok(!existsSync(cluster().dir))
    assert.deepEqual([...leftCgroups(cluster().name)], [])
    running = undefined
  })
})

describe('a crash', () => {
  const name = `crash-${process.pid}`
  const cli = join(assets, 'cli')
  /** PID 1 of the cluster, once there is one. */
  const switchPid = async (): Promise<number> => {
    const who = await eventually(
      'the namespaces are there',
      async () => readIdentity(join(runDir(name), 'pids/switch')),
      (found) => assert.ok(found),
      60_000,
    )
    return who?.pid ?? 0
  }
  const sweptAfter = async (processes: readonly Identity[]): Promise<void> => {
    await eventually(
      'no process is left',
      async () => survivors(processes),
      (left) => assert.deepEqual([...left], []),
      5_000,
    )
    assert.ok((await sweep()).includes(name), 'the next start sweeps what is left')
    assert.ok(!existsSync(runDir(name)))
    assert.deepEqual([...leftCgroups(name)], [])
  }

  test('of whoever starts a cluster, halfway, leaves no process', async () => {
    const starter = spawn(cli, ['--name', name, 'up', '1'], { stdio: 'ignore' })
    const pid = await switchPid()
    const machines = await eventually(
      'machines run',
      async () => everyProcess(pid),
      (processes) => assert.ok(processes.length > 10),
    )
    starter.kill('SIGKILL')
    await sweptAfter(machines)
  })

  test('of the outermost process of a cluster that stands by itself leaves no process', async () => {
    const { code, stdout, stderr } = await run([cli, '--name', name, 'up', '1'], { timeoutSeconds: 110 })
    assert.equal(code, 0, stdout + stderr)
    const pid = await switchPid()
    const processes = everyProcess(pid)
    assert.ok(processes.length > 15)
    process.kill(parentOf(pid) ?? 0, 'SIGKILL')
    await sweptAfter(processes)
  })
})
