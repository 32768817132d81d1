import { writeFileSync } from 'node:fs'
import { attachCluster } from './attach'
import type { Cluster } from './cluster'
import { runningClusters, sweep } from './host/run-dir'
import { loadstoneImage, nodeFiles, nodeLayer } from './images/images'
import { imageArchive } from './images/oci'
import { processesBelow } from './machine/memory'
import { startCluster } from './start'

const usage = `e2e/cluster/cli [--name NAME] COMMAND: real Kubernetes clusters on this machine, in network namespaces (root)

  up [NODES] [ROUTER-ASN]      start one (3 nodes, AS 64512) that stays until down
  down                         end it and remove what it leaves
  status                       the clusters that run, their nodes and what memory they take
  kubectl ARGUMENTS...         on the cluster, as administrator
  exec MACHINE COMMAND...      on cp, client, router, outside, node1, ... or in the switch, where the bridges are
  load [ARCHIVE]               an image (docker save) into every node; without one, what dist/ holds now
  image FILE                   write the product's image as an OCI archive, for clusters elsewhere
  logs [NAME]                  the end of a daemon's log (node1.kubelet); without a name, the names
  kill-node NODE               power off: first its links, then every process
  start-node NODE              power on again
  cut-link NODE [silent]       pull the cable of its data link; silent: forward nothing, with the carrier up
  heal NODE                    undo a cut

NAME is LOADSTONE_CLUSTER or "dev" unless given.`

const nothingBuilt = 'dist/ holds nothing of the product: run make build first'

type Run = (cluster: () => Cluster, args: readonly string[], name: string) => Promise<number>

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const done = (work: Promise<unknown>): Promise<number> => work.then(() => 0)
const given = (value: string | undefined, what: string): string => {
  if (value === undefined) throw new Error(`${what} is missing\n\n${usage}`)
  return value
}

const commands: Readonly<Record<string, Run>> = {
  up: async (_, [nodes = '3', asn = '64512'], name) => {
    const cluster = await startCluster({
      name,
      nodes: Number(nodes),
      router: { asn: Number(asn), nodesAsn: 64513 },
      attached: false,
      log: say,
    })
    say(
      `\nnow: e2e/cluster/cli --name ${name} kubectl get nodes, or on this machine's client: exec client ping 10.99.0.11\nlogs: ${cluster.dir}/logs`,
    )
    return 0
  },
  down: async (cluster, _, name) => {
    if (runningClusters().includes(name)) await cluster().down()
    await sweep()
    return 0
  },
  status: async () => {
    const names = runningClusters()
    if (names.length === 0) say('no cluster runs here')
    for (const name of names) await status(attachCluster(name))
    return 0
  },
  kubectl: (cluster, args) =>
    cluster()
      .shell('cp')
      .interactive(['kubectl', ...args]),
  exec: (cluster, [machine, ...argv]) => {
    const command = argv[0] === '--' ? argv.slice(1) : argv
    given(command[0], 'COMMAND')
    return cluster().shell(given(machine, 'MACHINE')).interactive(command)
  },
  load: async (cluster, [archive]) => {
    if (archive !== undefined) await cluster().loadImage(archive)
    else if (!(await cluster().loadProduct())) throw new Error(nothingBuilt)
    return 0
  },
  image: async (_, [file]) => {
    const product = loadstoneImage(nodeLayer(await nodeFiles()))
    if (product === undefined) throw new Error(nothingBuilt)
    writeFileSync(given(file, 'FILE'), imageArchive([product]))
    return 0
  },
  logs: async (cluster, [name]) => {
    say(cluster().logs(name))
    return 0
  },
  'kill-node': (cluster, [node]) => done(cluster().node(given(node, 'NODE')).kill()),
  'start-node': (cluster, [node]) => done(cluster().node(given(node, 'NODE')).start()),
  'cut-link': (cluster, [node, how]) =>
    done(
      cluster()
        .node(given(node, 'NODE'))
        .cutLink(how === 'silent' ? 'silent' : 'cable'),
    ),
  heal: (cluster, [node]) => done(cluster().node(given(node, 'NODE')).heal()),
}

const mega = (bytes: number): string => `${Math.round(bytes / 1_000_000)} MB`

async function status(cluster: Cluster): Promise<void> {
  const processes = processesBelow(cluster.switch.identity().pid)
  const anonymous = processes.reduce((sum, { anonymousBytes }) => sum + anonymousBytes, 0)
  const { stdout } = await cluster.exec('switch', ['df', '--block-size=1', '--output=used', `${cluster.dir}/state`])
  say(
    `${cluster.name}: ${processes.length} processes, ${mega(anonymous)} of their own; ${mega(Number(stdout.split('\n')[1]))} of files in memory; ${cluster.dir}`,
  )
  say(await cluster.kubectl(['get', 'nodes', '--output=wide']).catch((error: unknown) => String(error)))
}

async function main(argv: readonly string[]): Promise<number> {
  const named = argv[0] === '--name'
  const name = named ? given(argv[1], 'NAME') : (process.env['LOADSTONE_CLUSTER'] ?? 'dev')
  const [command = 'help', ...args] = named ? argv.slice(2) : argv
  const run = commands[command]
  if (run === undefined) {
    say(usage)
    return ['help', '--help', '-h'].includes(command) ? 0 : 2
  }
  return run(() => attachCluster(name), args, name)
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  },
)
