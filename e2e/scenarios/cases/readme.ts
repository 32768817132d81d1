import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, jest, test } from '@jest/globals'
import { type Cluster, startCluster } from '../../cluster/src'
import { eventually } from '../../harness/eventually'
import { configNamespace } from '../../harness/manifests'
import { answerer, ask } from '../../harness/traffic'
import { wordsOf } from '../../test/commands'
import { type Block, commandsOf, read, repositoryFiles, root, section, shellLines } from '../../test/markdown'

/** Shell blocks of a part of a page, as they stand. */
const scripts = (blocks: readonly Block[]): readonly string[] =>
  blocks.flatMap((block) => (block.kind === 'code' && block.language === 'sh' ? [block.text] : []))
const readme = (title: string): string => scripts(section(read('README.md'), title)).join('\n')

/** What a reader finds out by each command of "Look"; a command that is added needs a line here. */
const looks: Readonly<Record<string, RegExp>> = {
  'kubectl describe service web': /nodeAssigned[^\n]*announcing from node "node\d" with protocol "layer2"/,
  'kubectl get announcementplans -n metallb-system': /^node1\b.*^node2\b.*^node3\b/ms,
  'kubectl describe announcementplans -n metallb-system': /^Name:\s+node3$.*State:\s+Established/ms,
  'kubectl get bgppeers -n metallb-system': /^router\b.*\b3\b/m,
  'kubectl describe bgppeer router -n metallb-system': /Type:\s+Established/,
  'kubectl describe ipaddresspool lan -n metallb-system': /10\.99\.1\.0\/24.*InForce/s,
}

/** What pages write in capitals for the reader to fill in. */
const filledIn: Readonly<Record<string, string>> = { NODE: 'node1', NAME: 'router' }
/** The pages that tell an operator what to run; crds.md among them, which is generated. */
const manuals = repositoryFiles.filter((path) => /^(CHANGELOG|(docs|examples|crds|libs\/plan)\/[\w/-]+)\.md$/.test(path))
/** A machine that does much else takes its time. */
const patient = { timeoutSeconds: 120 }
/** Whole commands: a verb alone is only talked about. */
const questions: readonly string[] = [...new Set(manuals.flatMap((path) => commandsOf(path).map(({ text }) => text)))].filter(
  (text) => text.startsWith('kubectl ') && wordsOf(text).length > 2,
)

/** What the pages tell a reader to run is run, as it stands, on a cluster that has nothing of ours yet. */
export function readmeScenario(): void {
  jest.setTimeout(240_000)
  let running: Cluster | undefined
  let bin = ''
  const cluster = (): Cluster => running ?? assert.fail('the cluster did not start')
  /** There is no registry, so build and push are only said; the image is on the nodes under the name that they give it. */
  const shell = async (script: string): Promise<string> => {
    const settings = [`KUBECONFIG=${cluster().kubeconfig}`, `PATH=${bin}:$PATH`, imageSetting()]
    const lines = ['set -euo pipefail', `cd ${root}`, `export ${settings.join(' ')}`, 'docker() { echo "docker $*"; }', script]
    return (await cluster().exec('cp', ['bash', '-c', lines.join('\n')], patient)).stdout
  }
  const imageSetting = (): string => /^export (IMAGE=\S+)$/m.exec(readme('## Install'))?.[1] ?? assert.fail('README.md sets no IMAGE')

  beforeAll(async () => {
    running = await startCluster({ nodes: 3, log: (line) => console.log(line) })
    bin = mkdtempSync(join(tmpdir(), 'loadstone-readme-'))
    symlinkSync(join(root, 'tools/helm'), join(bin, 'helm'))
    await cluster().loadProduct(`${imageSetting().replace('IMAGE=', '')}:dev`)
    await cluster().loadProduct('docker.io/library/node:24-slim') // stands in for the image of examples/echo.yaml: node, and that suffices
  }, 300_000)
  afterAll(async () => {
    rmSync(bin, { recursive: true, force: true })
    await running?.down()
  }, 60_000)

  const addressOf = (service: string): Promise<string> =>
    eventually(
      `${service} has an address`,
      () => cluster().kubectl(['get', 'service', service, '-o', 'jsonpath={.status.loadBalancer.ingress[0].ip}']),
      (address) => assert.notEqual(address, ''),
    )
  const answers = async (): Promise<void> => {
    for (const [service, client] of [
      ['web', 'client'],
      ['web-routed', 'outside'],
      ['web-routed-local', 'outside'],
    ] as const) {
      const address = await addressOf(service)
      await eventually(
        `${service} answers at ${address}`,
        () => ask(cluster(), client, address),
        (answer) => assert.ok(answer),
      )
    }
  }
  const ready = async (): Promise<void> => {
    const workloads = (await cluster().kubectl(['get', 'deployments,daemonsets', '-n', configNamespace, '-o', 'name'])).trim().split('\n')
    assert.equal(workloads.length, 2)
    for (const name of workloads) await cluster().kubectl(['rollout', 'status', name, '-n', configNamespace, '--timeout=100s'], patient)
    await cluster().kubectl(['rollout', 'status', 'daemonset/echo', '--timeout=100s'], patient)
  }

  describe('what the pages tell a reader to run', () => {
    test('README, Install: with an image of one’s own, chart and examples are all it takes until Services answer', async () => {
      const said = await shell(readme('## Install'))
      const image = `${imageSetting().replace('IMAGE=', '')}:dev`
      assert.deepEqual(said.match(/^docker .*$/gm), [`docker build --tag ${image} .`, `docker push ${image}`])
      await ready()
      await answers()
    })

    test('README, Look: every command shows what is said beside it', async () => {
      const commands = shellLines(readme('## Look'))
      assert.deepEqual([...commands], Object.keys(looks))
      for (const command of commands)
        await eventually(
          command,
          () => shell(command),
          (text) => assert.match(text, looks[command] ?? /^$/),
        )
    })

    test('every other kubectl command of the manuals is one that a cluster answers', async () => {
      assert.ok(questions.length > 15, `only ${questions.length} were found`)
      const failed: string[] = []
      for (const question of questions) {
        const command = question.replace(/\b(NODE|NAME)\b/g, (word) => filledIn[word] ?? word)
        await shell(command).catch((error: unknown) => failed.push(`${question}: ${String(error)}`))
      }
      assert.deepEqual(failed, [])
      await cluster().kubectl(['annotate', 'node', 'node1', 'loadstone.dev/drain-'])
    })

    test('the chart’s page, From MetalLB: what ran of it is gone, its Services keep their addresses, and we announce them', async () => {
      await cluster().apply(metallb)
      const before = await Promise.all(['web', 'web-routed'].map(addressOf))
      await shell(scripts(section(read('charts/loadstone/README.md'), '## From MetalLB')).join('\n'))
      await ready()
      const left = ['deployment/controller', 'daemonset/speaker', 'secret/sh.helm.release.v1.metallb.v1']
      for (const what of left)
        assert.equal(
          await cluster().kubectl(['get', what, '-n', configNamespace, '--ignore-not-found', '-o', 'name']),
          '',
          `${what} is left`,
        )
      const webhooks = await cluster().kubectl(['get', 'validatingwebhookconfigurations', '-o', 'name'])
      assert.doesNotMatch(webhooks, /metallb/)
      assert.match(await shell(`helm get values loadstone --namespace ${configNamespace}`), /placement: metallb/)
      assert.deepEqual(await Promise.all(['web', 'web-routed'].map(addressOf)), before)
      await answers()
      assert.notEqual(await answerer(cluster(), before[0] ?? ''), undefined)
    })
  })
}

const labels = { 'app.kubernetes.io/name': 'metallb' }
const workload = (kind: string, name: string, spec: object): object => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name, namespace: configNamespace, labels },
  spec: {
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { nodeSelector: { runs: 'nowhere' }, containers: [{ name, image: 'pause' }] } },
    ...spec,
  },
})
/** As much of an installed MetalLB as the commands touch; none of it runs. */
const metallb: readonly object[] = [
  workload('Deployment', 'controller', { replicas: 0 }),
  workload('DaemonSet', 'speaker', {}),
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'metallb-webhook-configuration' },
    webhooks: [],
  },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'helm.sh/release.v1',
    metadata: { name: 'sh.helm.release.v1.metallb.v1', namespace: configNamespace, labels: { owner: 'helm', name: 'metallb' } },
  },
]
