import { type Family, familyOf, type Ip, parseIp } from '@loadstone/ip'
import { memoryAnnotation, poolAnnotation } from '../../model/annotations'
import { compare, filled, list, record, text, textMap, texts, whole } from '../../model/json'
import { isOverwritten, parseMemory } from '../../model/memory'
import type { Meta } from '../../model/meta'
import { note } from '../../model/reasons'
import type { Port, Request, Service } from '../../model/world'
import { conditionsOf, metaOf } from '../fields/meta'
import { isOurAnnotation, statusWritersOf } from './managers'

const prefix = 'metallb.io/'
const oldPrefix = 'metallb.universe.tf/'

/** A Service of somebody else, of which only its addresses concern us. */
export type ForeignService = { readonly meta: Meta; readonly key: Service['key']; readonly elsewhere: readonly Ip[] }

/** A Service that concerns us: a load balancer of our class, one that still carries our annotation, or one with addresses from elsewhere. */
export function parseService(object: unknown, lbClass: string | undefined): Service | ForeignService | undefined {
  const meta = metaOf(object)
  if (meta === undefined || meta.namespace === '') return undefined
  const spec = record(record(object)['spec'])
  const balancer = spec['type'] === 'LoadBalancer'
  if (balancer ? filled(spec['loadBalancerClass']) !== lbClass : !meta.annotations.has(poolAnnotation)) return foreign(meta, object)
  const selector = [...textMap(spec['selector'])].map(([key, value]) => `${key}=${value}`).sort(compare)
  const local = spec['externalTrafficPolicy'] === 'Local'
  return {
    meta,
    key: keyOf(meta),
    wanted: balancer,
    ...heldBy(meta, object),
    allocatedFrom: annotation(meta, 'ip-allocated-from-pool'),
    hasEmptyPool: meta.annotations.get(poolAnnotation) === '' && isOurAnnotation(object, poolAnnotation),
    ...familiesOf(spec),
    request: requestOf(meta, spec),
    requestedPool: annotation(meta, 'address-pool'),
    shareKey: annotation(meta, 'allow-shared-ip'),
    backendKey: local ? `${meta.namespace}/${selector.join(',')}` : '',
    ports: list(spec['ports']).map(portOf),
    local,
    healthCheckNodePort: local ? positive(spec['healthCheckNodePort']) : undefined,
    conditions: conditionsOf(object),
    deprecated: deprecatedOf(meta),
  }
}

const keyOf = ({ namespace, name }: Meta): Service['key'] => `${namespace}/${name}`

/** What its status says and what we noted; who else writes the status is of interest where the two differ. */
function heldBy(meta: Meta, object: unknown): Pick<Service, 'ips' | 'foreign' | 'memory' | 'statusWriters'> {
  const status = statusOf(object)
  const memory = parseMemory(meta.annotations.get(memoryAnnotation), meta.uid)
  return { ...status, memory, statusWriters: isOverwritten({ ...status, memory }) ? statusWritersOf(object) : [] }
}

function foreign(meta: Meta, object: unknown): ForeignService | undefined {
  const { ips } = statusOf(object)
  return ips.length === 0 ? undefined : { meta, key: keyOf(meta), elsewhere: ips }
}

const inputs = ['address-pool', 'loadBalancerIPs', 'allow-shared-ip'] as const
type Input = (typeof inputs)[number] | 'ip-allocated-from-pool'

/** The annotation with MetalLB's current prefix, else with its old one. */
const annotation = (meta: Meta, name: Input): string | undefined =>
  filled(meta.annotations.get(prefix + name)) ?? filled(meta.annotations.get(oldPrefix + name))

const deprecatedOf = (meta: Meta): readonly string[] =>
  inputs.filter((name) => meta.annotations.has(oldPrefix + name) && !meta.annotations.has(prefix + name)).map((name) => oldPrefix + name)

function statusOf(object: unknown): Pick<Service, 'ips' | 'foreign'> {
  const balancer = record(record(record(object)['status'])['loadBalancer'])
  const entries = list(balancer['ingress'])
  const ips = entries.flatMap((entry) => parseIp(text(record(entry)['ip']) ?? '') ?? [])
  return { ips, foreign: ips.length < entries.length }
}

function familiesOf(spec: Readonly<Record<string, unknown>>): Pick<Service, 'families' | 'primary' | 'stack'> {
  const listed = texts(spec['clusterIPs'])
  const clusterIps = (listed.length > 0 ? listed : [text(spec['clusterIP']) ?? '']).flatMap((ip) => parseIp(ip) ?? [])
  const families = [...new Set(clusterIps.map(familyOf))]
  const policy = spec['ipFamilyPolicy']
  const named: Family | undefined = { IPv4: 'ipv4' as const, IPv6: 'ipv6' as const }[texts(spec['ipFamilies'])[0] ?? '']
  return {
    families,
    primary: named ?? families[0] ?? 'ipv4',
    stack: policy === 'RequireDualStack' || policy === 'PreferDualStack' ? policy : 'SingleStack',
  }
}

function requestOf(meta: Meta, spec: Readonly<Record<string, unknown>>): Request {
  const annotated = annotation(meta, 'loadBalancerIPs')
  const single = filled(spec['loadBalancerIP'])
  if (annotated !== undefined && single !== undefined) {
    const message = `The Service requests ${single} in spec.loadBalancerIP and ${annotated} in the annotation ${prefix}loadBalancerIPs; remove one of them.`
    return { fault: note('RequestedTwice', message) }
  }
  const wanted = annotated ?? single
  return wanted === undefined ? { ips: [] } : parseRequest(wanted)
}

function parseRequest(wanted: string): Request {
  const ips: Ip[] = []
  for (const part of wanted.split(',')) {
    const ip = parseIp(part.trim())
    if (ip === undefined) return { fault: note('RequestMalformed', `"${part.trim()}" in the requested addresses is no IP address.`) }
    if (ips.some((other) => familyOf(other) === familyOf(ip))) {
      return {
        fault: note('RequestMalformed', `The Service requests two addresses of one family, ${ips.join(', ')} and ${ip}; request one.`),
      }
    }
    ips.push(ip)
  }
  return { ips }
}

const portOf = (value: unknown): Port => ({
  protocol: filled(record(value)['protocol']) ?? 'TCP',
  port: whole(record(value)['port']) ?? 0,
})

const positive = (value: unknown): number | undefined => {
  const number = whole(value)
  return number !== undefined && number > 0 ? number : undefined
}
