import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'

export type ObjectSample = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec?: Readonly<Record<string, unknown>>
}
type Refused = {
  readonly title: string
  readonly sample: ObjectSample
  /** Part of the API server's message. */
  readonly says: string
  /** Whether the schema alone refuses it, or a CEL rule or the list type, which only the API server judges. */
  readonly by: 'schema' | 'server'
}

const documentsOf = (path: string): readonly ObjectSample[] =>
  parseAllDocuments(readFileSync(join(__dirname, path), 'utf8')).map((document) => document.toJS() as ObjectSample)

/** What the demo applies; in the test's own namespace. */
const examples = ['../../examples/pools.yaml', '../../examples/bgp.yaml']
  .flatMap(documentsOf)
  .map((sample): ObjectSample => ({ ...sample, metadata: { name: sample.metadata.name } }))

/** Objects that MetalLB accepts. */
export const accepted: readonly ObjectSample[] = [...documentsOf('metallb.yaml'), ...examples]

const sample =
  (apiVersion: string, kind: string) =>
  (spec: ObjectSample['spec']): ObjectSample => ({
    apiVersion,
    kind,
    metadata: { name: 'refused' },
    ...(spec === undefined ? {} : { spec }),
  })
const pool = sample('metallb.io/v1beta1', 'IPAddressPool')
const l2 = sample('metallb.io/v1beta1', 'L2Advertisement')
const bgp = sample('metallb.io/v1beta1', 'BGPAdvertisement')
const bfd = sample('metallb.io/v1beta1', 'BFDProfile')
const community = sample('metallb.io/v1beta1', 'Community')
const plan = sample('loadstone.dev/v1alpha1', 'AnnouncementPlan')
const slice = sample('loadstone.dev/v1alpha1', 'AnnouncementSlice')
const routeSet = sample('loadstone.dev/v1alpha1', 'RouteSet')
/** The field set to undefined is left out. */
const peer = (spec: ObjectSample['spec'], version = 'v1beta2'): ObjectSample =>
  sample(`metallb.io/${version}`, 'BGPPeer')({ myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.1', ...spec })

const route = { prefix: '192.0.2.7/32', services: ['shop/web'] }
const entry = { address: '192.0.2.7', services: ['shop/web'], candidates: ['node-a'], term: 1 }
const emptyPlan = { node: 'refused', sessions: [], routeSets: [], slices: [], excludeInterfaces: [], partners: [] }
const session = { peer: 'tor', address: '192.0.2.1', port: 179, myASN: 1, peerASN: 2, holdSeconds: 90, keepaliveSeconds: 30 }
const complete = { ...session, families: ['ipv4'], connectSeconds: 10, ebgpMultiHop: false }

const byServer = (title: string, refused: ObjectSample, says: string): Refused => ({ title, sample: refused, says, by: 'server' })
const bySchema = (title: string, refused: ObjectSample, says: string): Refused => ({ title, sample: refused, says, by: 'schema' })

const notAnEntry = 'write a CIDR such as 192.0.2.0/24'
const wrongEntries = {
  'an address without length': '192.0.2.1',
  'a length that is too long': '192.0.2.0/33',
  'a CIDR with spaces around it': ' 192.0.2.0/24',
  'a range of three': '192.0.2.1-192.0.2.2-192.0.2.3',
  'a range of words': 'first-last',
  'a range without end': '192.0.2.1-',
  'an octet above 255': '192.0.2.256-192.0.3.1',
  nothing: '',
  'an address with a zone': 'fe80::1%eth0-fe80::2%eth0',
}
const notACommunity = 'write a community as 64512:100'
const wrongCommunities = ['65536:1', '1:65536', '1:2:3', 'large:1:2', 'large:4294967296:1:1', ':', '1:', 'a:b', '-1:1']
const selectors = (expression: object): ObjectSample['spec'] => ({ nodeSelectors: [{ matchExpressions: [expression] }] })

/** Invalid objects, with the API server's message for each. */
export const refused: readonly Refused[] = [
  ...Object.entries(wrongEntries).map(([title, text]) =>
    byServer(`a pool entry that is ${title}`, pool({ addresses: [text] }), notAnEntry),
  ),
  bySchema('a pool without addresses', pool({}), 'spec.addresses: Required value'),
  bySchema('a pool with an empty list of addresses', pool({ addresses: [] }), 'should have at least 1 items'),
  bySchema('a pool with more than 4096 entries', pool({ addresses: Array(4097).fill('192.0.2.0/24') }), 'must have at most 4096 items'),
  byServer(
    'a namespace named twice',
    pool({ addresses: ['192.0.2.0/24'], serviceAllocation: { namespaces: ['a', 'a'] } }),
    'Duplicate value: "a"',
  ),
  byServer('a pool advertised twice by L2', l2({ ipAddressPools: ['a', 'a'] }), 'Duplicate value: "a"'),
  bySchema(
    'a preference without weight',
    l2({ preferredNodeSelectors: [{ preference: {} }] }),
    'preferredNodeSelectors[0].weight: Required value',
  ),
  bySchema(
    'a preference of weight 101',
    l2({ preferredNodeSelectors: [{ weight: 101, preference: {} }] }),
    'should be less than or equal to 100',
  ),
  bySchema(
    'a selector that compares as nobody does',
    l2(selectors({ key: 'a', operator: 'Gt', values: ['1'] })),
    'Unsupported value: "Gt"',
  ),
  byServer('In without values', l2(selectors({ key: 'a', operator: 'In' })), 'In and NotIn need at least one entry in values'),
  byServer('NotIn with no values', l2(selectors({ key: 'a', operator: 'NotIn', values: [] })), 'In and NotIn need at least one entry'),
  byServer('Exists with values', bgp(selectors({ key: 'a', operator: 'Exists', values: ['1'] })), 'Exists and DoesNotExist must have none'),
  bySchema('an IPv4 aggregation of 33', bgp({ aggregationLength: 33 }), 'should be less than or equal to 32'),
  bySchema('an IPv4 aggregation of 0', bgp({ aggregationLength: 0 }), 'should be greater than or equal to 1'),
  bySchema('an IPv6 aggregation of 129', bgp({ aggregationLengthV6: 129 }), 'should be less than or equal to 128'),
  byServer(
    'Services chosen from an aggregate',
    bgp({ aggregationLength: 24, serviceSelectors: [{}] }),
    'serviceSelectors need routes of single',
  ),
  byServer(
    'Services chosen from an IPv6 aggregate',
    bgp({ aggregationLengthV6: 64, serviceSelectors: [{}] }),
    'serviceSelectors need routes of',
  ),
  bySchema('a local preference beyond 32 bits', bgp({ localPref: 4294967296 }), 'should be less than or equal to 4294967295'),
  bySchema('no prepending, in figures', bgp({ asPathPrepend: 0 }), 'should be greater than or equal to 1'),
  bySchema('more prepending than MetalLB has', bgp({ asPathPrepend: 11 }), 'should be less than or equal to 10'),
  ...wrongCommunities.map((text) => byServer(`the community ${text}`, bgp({ communities: [text] }), notACommunity)),
  byServer('a community named twice', bgp({ communities: ['1:2', '1:2'] }), 'Duplicate value: "1:2"'),
  byServer('a peer named twice', bgp({ peers: ['tor', 'tor'] }), 'Duplicate value: "tor"'),
  ...[...wrongCommunities, 'name'].map((value) =>
    byServer(`a name for the community ${value}`, community({ communities: [{ name: 'x', value }] }), notACommunity),
  ),
  byServer(
    'one name for two communities',
    community({ communities: ['1:1', '1:2'].map((value) => ({ name: 'x', value })) }),
    'Duplicate value: {"name":"x"}',
  ),
  bySchema('a name for nothing', community({ communities: [{ name: 'x' }] }), 'communities[0].value: Required value'),
  bySchema('BFD faster than 10 ms', bfd({ transmitInterval: 9 }), 'should be greater than or equal to 10'),
  bySchema('BFD slower than a minute', bfd({ receiveInterval: 60001 }), 'should be less than or equal to 60000'),
  bySchema('a BFD multiplier of 1', bfd({ detectMultiplier: 1 }), 'should be greater than or equal to 2'),
  bySchema('a BFD minimum TTL of 255', bfd({ minimumTtl: 255 }), 'should be less than or equal to 254'),
  bySchema('a peer without our AS number', peer({ myASN: undefined }), 'spec.myASN: Required value'),
  bySchema('our AS number 0', peer({ myASN: 0 }), 'should be greater than or equal to 1'),
  bySchema('an AS number beyond 32 bits', peer({ peerASN: 4294967296 }), 'should be less than or equal to 4294967295'),
  byServer('a peer with two kinds of AS number', peer({ dynamicASN: 'external' }), 'set exactly one of peerASN'),
  byServer('a peer with no AS number', peer({ peerASN: undefined }), 'set exactly one of peerASN'),
  byServer('a peer with AS number 0', peer({ peerASN: 0 }), 'set exactly one of peerASN'),
  bySchema('a dynamic AS number of no kind', peer({ peerASN: undefined, dynamicASN: 'any' }), 'Unsupported value: "any"'),
  byServer('a peer with address and interface', peer({ interface: 'eth0' }), 'set exactly one of peerAddress'),
  byServer('a peer with neither', peer({ peerAddress: undefined }), 'set exactly one of peerAddress'),
  byServer('a peer whose address is empty', peer({ peerAddress: '' }), 'set exactly one of peerAddress'),
  byServer('a peer address that is a name', peer({ peerAddress: 'router.example.net' }), 'write an IP address such as 192.0.2.1'),
  byServer('a source address with a length', peer({ sourceAddress: '192.0.2.1/24' }), 'write an IP address such as 192.0.2.1'),
  byServer('a router ID of IPv6', peer({ routerID: '2001:db8::1' }), 'write routerID as a dotted IPv4 address'),
  byServer(
    'a password in two places',
    peer({ password: 'x', passwordSecret: { name: 'y' } }),
    'set at most one of password and passwordSecret',
  ),
  bySchema('a password the kernel cannot take', peer({ password: 'x'.repeat(81) }), 'may not be more than 80'),
  bySchema('a port beyond 65535', peer({ peerPort: 65536 }), 'should be less than or equal to 65535'),
  ...['1s', '2s', '2.9s', '-5s', '90', 'soon', ''].map((holdTime) =>
    byServer(`a hold time of ${JSON.stringify(holdTime)}`, peer({ holdTime }), 'holdTime is 0s (never expires) or at least 3s'),
  ),
  byServer('a keepalive time that is no duration', peer({ keepaliveTime: '30' }), 'write keepaliveTime as 30s'),
  byServer(
    'a keepalive time longer than the hold time',
    peer({ holdTime: '30s', keepaliveTime: '31s' }),
    'keepaliveTime must not be longer than holdTime',
  ),
  ...['0s', '500ms', '1.5s', '65536s', '18h12m16s', '-1s', '5'].map((connectTime) =>
    byServer(`a connect time of ${connectTime}`, peer({ connectTime }), 'connectTime is a whole number of seconds'),
  ),
  byServer(
    'several hops to a router of our own AS',
    peer({ peerASN: 64512, ebgpMultiHop: true }),
    'ebgpMultiHop is for a router of another AS',
  ),
  byServer(
    'several hops to any router of our own AS',
    peer({ peerASN: undefined, dynamicASN: 'internal', ebgpMultiHop: true }),
    'ebgpMultiHop is for a router of another AS',
  ),
  byServer(
    'several hops to a router of the AS that we state to it',
    peer({ localASN: 64513, ebgpMultiHop: true }),
    'ebgpMultiHop is for a router of another AS',
  ),
  bySchema('an interface that no kernel has', peer({ peerAddress: undefined, interface: 'a-name-too-long-' }), 'may not be more than 15'),
  byServer('a wrong hold time in the older version', peer({ holdTime: '2s' }, 'v1beta1'), 'holdTime is 0s (never expires) or at least 3s'),
  byServer('a plan not named after its node', plan({ ...emptyPlan, node: 'node-a' }), 'a plan is named after its node'),
  bySchema('a plan without a list it must have', plan({ ...emptyPlan, slices: undefined }), 'spec.slices: Required value'),
  bySchema('a reason to leave that nobody knows', plan({ ...emptyPlan, leaving: 'cordon' }), 'Unsupported value: "cordon"'),
  byServer(
    'a planned hold time of 2 s',
    plan({ ...emptyPlan, sessions: [{ ...complete, holdSeconds: 2 }] }),
    '0 (never expires) or at least 3',
  ),
  byServer(
    'a planned session to a name',
    plan({ ...emptyPlan, sessions: [{ ...complete, address: 'tor' }] }),
    'write an IP address such as',
  ),
  byServer(
    'a planned router ID of IPv6',
    plan({ ...emptyPlan, sessions: [{ ...complete, routerID: '::1' }] }),
    'write a dotted IPv4 address',
  ),
  byServer(
    'a planned session that finds its router in two ways',
    plan({ ...emptyPlan, sessions: [{ ...complete, interface: 'eth0' }] }),
    'a router is found by its address or on an interface',
  ),
  byServer(
    "a planned session that knows its router's AS in two ways",
    plan({ ...emptyPlan, sessions: [{ ...complete, dynamicASN: 'external' }] }),
    "a router's AS is given or dynamic",
  ),
  byServer(
    'a link of a partner at a name',
    plan({ ...emptyPlan, partners: [{ node: 'b', links: [{ name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['node-b'] }] }] }),
    'write an IP address such as',
  ),
  bySchema(
    'an address for no candidate',
    slice({ node: 'a', l2: [{ ...entry, candidates: [] }], routes: [] }),
    'should have at least 1 items',
  ),
  bySchema(
    'an address for nine candidates',
    slice({ node: 'a', l2: [{ ...entry, candidates: [...'123456789'] }], routes: [] }),
    'must have at most 8 items',
  ),
  bySchema(
    'an address on an empty list of interfaces',
    slice({ node: 'a', l2: [{ ...entry, interfaces: [] }], routes: [] }),
    'at least 1 items',
  ),
  byServer(
    'an address that is a prefix',
    slice({ node: 'a', l2: [{ ...entry, address: '192.0.2.7/32' }], routes: [] }),
    'write an IP address',
  ),
  byServer(
    'a slice with 257 entries, both kinds together',
    slice({ node: 'a', l2: Array(200).fill(entry), routes: Array(57).fill(route) }),
    'a slice holds at most 256 entries',
  ),
  byServer(
    'a route that is an address',
    routeSet({ audience: 'x', routes: [{ ...route, prefix: '192.0.2.7' }] }),
    'write a prefix such as',
  ),
  bySchema('a route for an empty list of peers', routeSet({ audience: 'x', routes: [{ ...route, peers: [] }] }), 'at least 1 items'),
  bySchema('a set of 257 routes', routeSet({ audience: 'x', routes: Array(257).fill(route) }), 'must have at most 256 items'),
]
