import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, test } from '@jest/globals'
import { stringify } from 'yaml'
import { manifests, root } from './helm'

/** What Prometheus itself says of the rules that the chart installs. */
let folder = ''
let rules: readonly { readonly alert: string; readonly expr: string }[] = []
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'alerts-'))
  const [rule] = manifests('--set', 'prometheus.prometheusRule.enabled=true').filter(({ kind }) => kind === 'PrometheusRule')
  const spec = rule?.spec as { readonly groups: readonly [{ readonly rules: typeof rules }] }
  rules = spec.groups[0].rules
  writeFileSync(join(folder, 'rules.yaml'), stringify(spec))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs promtool and returns what it printed; the error of one that fails says it, too. */
const promtool = (...args: readonly string[]): string =>
  execFileSync('promtool', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

type Series = Readonly<Record<string, string>>
const pool = (inUse: number): Series => ({
  'metallb_allocator_addresses_in_use_total{pool="public",pod="operator-a"}': `${inUse}x20`,
  'metallb_allocator_addresses_total{pool="public",pod="operator-a"}': '100x20',
  // Another pool with room, which no alert may speak of.
  'metallb_allocator_addresses_in_use_total{pool="spare",pod="operator-a"}': '1x20',
  'metallb_allocator_addresses_total{pool="spare",pod="operator-a"}': '100x20',
})
const usage = (percent: number) => ({
  alert: `MetalLBAddressPoolUsage${percent}Percent`,
  labels: { pool: 'public' },
  summary: `More than ${percent} % of the address pool public is in use`,
})
const session = { pod: 'speaker-a', peer: '192.0.2.99:179' }

/** What is scraped every 15 s, and the alerts that stand after that time. */
const cases: readonly {
  readonly title: string
  readonly series: Series
  readonly alerts: readonly { readonly alert: string; readonly labels: Series; readonly summary: string }[]
}[] = [
  {
    title: 'of what is well nobody is told',
    series: {
      ...pool(75),
      'metallb_k8s_client_config_stale_bool{pod="operator-a"}': '0x20',
      'metallb_k8s_client_config_loaded_bool{pod="operator-a"}': '1x20',
      'metallb_bgp_session_up{pod="speaker-a",peer="192.0.2.99:179"}': '1x20',
    },
    alerts: [],
  },
  {
    title: 'what is over within a minute is not told',
    series: {
      'metallb_k8s_client_config_stale_bool{pod="operator-a"}': '1 1 1 0x20',
      'metallb_k8s_client_config_loaded_bool{pod="operator-a"}': '0 0 0 1x20',
      'metallb_bgp_session_up{pod="speaker-a",peer="192.0.2.99:179"}': '0 0 0 1x20',
    },
    alerts: [],
  },
  {
    title: 'a configuration that is refused in part',
    series: { 'metallb_k8s_client_config_stale_bool{pod="operator-a"}': '1x20' },
    alerts: [
      {
        alert: 'MetalLBStaleConfig',
        labels: { pod: 'operator-a' },
        summary: 'operator-a works with a configuration that is out of date, or refuses part of it',
      },
    ],
  },
  {
    title: 'a configuration that was never read',
    series: { 'metallb_k8s_client_config_loaded_bool{pod="speaker-a"}': '0x20' },
    alerts: [{ alert: 'MetalLBConfigNotLoaded', labels: { pod: 'speaker-a' }, summary: 'speaker-a has not read its configuration' }],
  },
  { title: 'a pool above three quarters', series: pool(76), alerts: [usage(75)] },
  { title: 'a pool above 85 percent', series: pool(86), alerts: [usage(75), usage(85)] },
  { title: 'a pool above 95 percent', series: pool(96), alerts: [usage(75), usage(85), usage(95)] },
  {
    title: 'a pool that is used up',
    series: pool(100),
    alerts: [
      usage(75),
      usage(85),
      usage(95),
      { alert: 'MetalLBAddressPoolExhausted', labels: { pool: 'public' }, summary: 'The address pool public is used up' },
    ],
  },
  {
    title: 'a pool is told of once, also while one replica takes over from another',
    series: {
      ...pool(76),
      'metallb_allocator_addresses_in_use_total{pool="public",pod="operator-b"}': '76x20',
      'metallb_allocator_addresses_total{pool="public",pod="operator-b"}': '100x20',
    },
    alerts: [usage(75)],
  },
  {
    title: 'a BGP session that is down',
    series: { 'metallb_bgp_session_up{pod="speaker-a",peer="192.0.2.99:179"}': '0x20' },
    alerts: [{ alert: 'MetalLBBGPSessionDown', labels: session, summary: 'speaker-a has no BGP session with 192.0.2.99:179' }],
  },
]

/** The file of a test, as promtool reads it: of every alert, those that stand. */
const testOf = ({ title, series, alerts }: (typeof cases)[number]) => ({
  rule_files: ['rules.yaml'],
  evaluation_interval: '15s',
  tests: [
    {
      name: title,
      interval: '15s',
      input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
      alert_rule_test: rules.map(({ alert }) => ({
        eval_time: '2m',
        alertname: alert,
        exp_alerts: alerts
          .filter((stands) => stands.alert === alert)
          .map(({ labels, summary }) => ({ exp_labels: { ...labelsOf(alert), ...labels }, exp_annotations: { summary } })),
      })),
    },
  ],
})
const labelsOf = (name: string): Series =>
  (rules.find(({ alert }) => alert === name) as { readonly labels?: Series } | undefined)?.labels ?? {}

describe('alerts', () => {
  test('Prometheus takes the rules', () => {
    assert.match(promtool('check', 'rules', 'rules.yaml'), /SUCCESS: 7 rules found/)
  })

  test('rest on metrics that docs/metrics.md lists, with the labels it gives them', () => {
    const rows = readFileSync(join(root, 'docs/metrics.md'), 'utf8').matchAll(/^\| `(\w+)` \| \w+ \| ([^|]+) \|/gm)
    const labels = new Map([...rows].map(([, name, names = '']) => [name, names.trim().split(', ')]))
    for (const { alert, expr } of rules) {
      const names = expr.match(/metallb_\w+/g) ?? []
      assert.notDeepEqual(names, [], alert)
      for (const name of names) {
        assert.ok(labels.has(name), `${alert}: ${name}`)
        for (const [, label = ''] of expr.matchAll(/by \((\w+)\)/g))
          assert.ok(labels.get(name)?.includes(label), `${alert}: ${name} ${label}`)
      }
    }
  })

  for (const one of cases) {
    test(one.title, () => {
      writeFileSync(join(folder, 'test.yaml'), stringify(testOf(one)))
      assert.match(promtool('test', 'rules', 'test.yaml'), /SUCCESS/)
    })
  }

  test('a series that says otherwise is seen: this would fail', () => {
    const [healthy] = cases
    assert.ok(healthy)
    writeFileSync(join(folder, 'test.yaml'), stringify(testOf({ ...healthy, series: pool(76) })))
    assert.throws(() => promtool('test', 'rules', 'test.yaml'), /MetalLBAddressPoolUsage75Percent/)
  })
})
