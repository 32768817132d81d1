import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { test } from '@jest/globals'
import { eventually, freePorts, useApiServer } from '@loadstone/kube/testing'
import { ApiTestCluster } from '../cluster/api-cluster'
import { pool, service } from '../objects'
import { builtOperator } from './built'
import { OperatorProcess } from './operator-process'

const server = useApiServer()
const scrape = (port: number): Promise<string> =>
  fetch(`http://127.0.0.1:${port}/metrics`).then(
    (answer) => answer.text(),
    () => '',
  )

test('an operator is scraped: its pools, Services by reason, passes, writes and watches', async () => {
  const built = await builtOperator()
  const cluster = await new ApiTestCluster(server().api).prepare()
  await cluster.put(pool('lan', ['192.0.2.1/32']), service('one'), service('two'))
  const [port = 0] = await freePorts(1)
  const env = { LOADSTONE_METRICS_ADDRESS: '127.0.0.1', LOADSTONE_METRICS_PORT: `${port}` }
  const operator = await OperatorProcess.start(built, server().kubeconfig(), 'operator-1', env)
  const text = await eventually(
    'the pool is full',
    () => scrape(port),
    (found) => found.includes('metallb_allocator_addresses_in_use_total{pool="lan"} 1\n'),
    30_000,
  )
  const lines = text.split('\n')
  for (const line of ['metallb_allocator_addresses_total{pool="lan"} 1', 'loadstone_leading 1', 'metallb_k8s_client_config_loaded_bool 1'])
    assert.ok(lines.includes(line), `${line}\n${text}`)
  assert.ok(lines.includes('loadstone_services_not_announced{reason="PoolExhausted"} 1'), text)
  assert.match(text, /^loadstone_writes_total\{kind="Service",outcome="written"\} [1-9]/m)
  assert.ok(lines.includes('loadstone_watch_restarts_total{kind="ipaddresspools"} 0'), text)
  assert.ok(Number(/^loadstone_pass_seconds_total\{part="think"\} (\S+)$/m.exec(text)?.[1]) > 0, text)
  assert.equal(await operator.end(), 0)
  rmSync(dirname(built), { recursive: true, force: true })
}, 180_000)
