import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { capture, decode, decodeJson, type Line, seenByTshark } from './captures'

// Sessions of this library with BIRD and FRR, and what Wireshark's dissector says of them: vectors/README.md.
const whole = ['bird-ipv4.pcap', 'bird-cooked2.pcap', 'bird-segments.pcap', 'frr-cooked.pcap', 'frr-ipv6.pcapng']
const types = ['', 'OPEN', 'UPDATE', 'NOTIFICATION', 'KEEPALIVE', 'ROUTE-REFRESH']

type Announced = {
  readonly nextHops: readonly string[]
  readonly paths: readonly { readonly prefix: { readonly ip: string }; readonly pathId?: number }[]
}
const announcedIn = (lines: readonly Line[]): readonly Announced[] => lines.flatMap(({ announced }) => (announced ?? []) as Announced[])
const attributeIn = (lines: readonly Line[], name: string): readonly string[] =>
  lines.flatMap(({ attributes }) => ((attributes ?? {}) as Record<string, readonly string[]>)[name] ?? [])
const textsIn = (lines: readonly Line[], name: string): readonly string[] =>
  lines.flatMap((line) => (name in line ? [String(line[name])] : []))

/** The messages of one packet in tshark's terms. */
function inFields(lines: readonly Line[]): Readonly<Record<string, readonly string[]>> {
  const announced = announcedIn(lines)
  const paths = announced.flatMap((one) => one.paths)
  return {
    frame: [String(lines[0]?.frame)],
    port: [lines[0]?.from.replace(/.*:/, '') ?? ''],
    types: lines.map(({ type }) => type),
    as: textsIn(lines, 'as'),
    id: textsIn(lines, 'id'),
    hold: textsIn(lines, 'holdSeconds'),
    notification: [...textsIn(lines, 'code'), ...textsIn(lines, 'subcode')],
    refresh: lines.flatMap(({ type, afi, subtype }) => (type === 'ROUTE-REFRESH' ? [`${afi}/${subtype}`] : [])),
    pathIds: paths.flatMap(({ pathId }) => (pathId === undefined ? [] : [String(pathId)])),
    prefixes: paths.map(({ prefix }) => prefix.ip).toSorted(),
    nextHops: announced.flatMap(({ nextHops: [hop = ''] }) => (hop.includes(':') ? [hop] : [])),
    communities: attributeIn(lines, 'communities').map((text) => text.split(':')[1] ?? ''),
    large: attributeIn(lines, 'largeCommunities').map((text) => text.split(':')[2] ?? ''),
  }
}

/** An IPv4-mapped address is one address in two spellings; ours has no dots. */
const inHextets = (ip: string): string => new URL(`http://[${ip}]`).hostname.slice(1, -1)

function fromTshark(row: Readonly<Record<string, readonly string[]>>): Readonly<Record<string, readonly string[]>> {
  const field = (name: string): readonly string[] => row[name] ?? []
  const subtypes = field('bgp.route_refresh.subtype')
  return {
    frame: field('frame.number'),
    port: field('tcp.srcport'),
    types: field('bgp.type').map((type) => types[Number(type)] ?? type),
    as: field('bgp.open.myas'),
    id: field('bgp.open.identifier'),
    hold: field('bgp.open.holdtime'),
    notification: [...field('bgp.notify.major_error'), ...field('bgp.notify.minor_error_cease')],
    refresh: field('bgp.route_refresh.afi').map((afi, i) => `${afi}/${subtypes[i]}`),
    pathIds: field('bgp.nlri_path_id'),
    prefixes: ['bgp.nlri_prefix', 'bgp.mp_reach_nlri_ipv4_prefix', 'bgp.mp_reach_nlri_ipv6_prefix'].flatMap(field).toSorted(),
    nextHops: field('bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv6').map(inHextets),
    communities: field('bgp.update.path_attribute.community_value'),
    large: field('bgp.large_communities.ldp2'),
  }
}

test.each(whole)('%s holds the messages that tshark sees: packet, type, number, order and fields', async (name) => {
  const { lines, problems } = await decodeJson(capture(name))
  const frames = [...new Set(lines.map(({ frame }) => frame))]
  assert.deepEqual(
    frames.map((frame) => inFields(lines.filter((line) => line.frame === frame))),
    seenByTshark(name.replace(/\.\w+$/, '.tsv')).map(fromTshark),
  )
  assert.deepEqual(problems, [])
})

test.each(whole)('%s in words: a line for each message, with packet and ends, and what an UPDATE says below it', async (name) => {
  const [words, { lines }] = [await decode([`${__dirname}/../../vectors/${name}`]), await decodeJson(capture(name))]
  const heads = words.lines.filter((line) => !line.startsWith('  '))
  const expected = lines.map(({ frame, from, to, type }) => `#${frame} ${from} > ${to} ${type}`)
  assert.deepEqual(
    heads.map((head) => head.split(' ').slice(0, 5).join(' ')),
    expected,
  )
})

test('a session in words', async () => {
  const { lines } = await decode([], capture('frr-ipv6.pcapng'))
  const [open = '', , keepalive, , , route, , endOfRib] = lines.map((line) => line.replace(/^#\d+ \S+ > \S+ /, ''))
  assert.equal(
    open,
    'OPEN AS 65002, identifier 10.0.0.2, hold 9 s: ipv4 and ipv6, four-octet AS, route refresh, enhanced refresh, extended message, ' +
      'extended next hop, add-path ipv4 both, add-path ipv6 both, graceful restart 120 s (restarted), long-lived ipv4 0, long-lived ipv6 0, ' +
      'capabilities 1 5 1 128 2 70 65 6 69 73 64 71',
  )
  assert.equal(keepalive, 'KEEPALIVE')
  assert.equal(route, '  + 203.0.113.10/32 via 192.0.2.1 path 65001 origin=igp med=5 communities=65001:7 largeCommunities=65001:1:2')
  assert.equal(endOfRib, '  end of RIB, ipv4')
  assert.match(lines.join('\n'), /\n {2}\+ 198\.51\.100\.0\/24 path 2 via 2001:db8::2 path 65002 origin=igp med=0\n/)
  assert.match(lines.join('\n'), / ROUTE-REFRESH ipv6, end\n/)
  assert.match(lines.at(-1) ?? '', / NOTIFICATION Administrative Shutdown \(6\/2\): "maintenance"$/)
})

test('octets are hex in JSON', async () => {
  const { lines } = await decodeJson(capture('bird-ipv4.pcap'))
  assert.equal(lines.at(-1)?.['data'], `0b${Buffer.from('maintenance').toString('hex')}`)
})

test('LOCAL_PREF is read inside an AS', async () => {
  const { lines } = await decode([], capture('frr-cooked.pcap'))
  assert.match(lines.join('\n'), /\+ 203\.0\.113\.10\/32 via 192\.0\.2\.1 origin=igp med=5 localPref=100 /)
})

test('packets that the capture cut: what is whole is decoded, every gap is named and makes the exit code 1', async () => {
  const { lines, problems } = await decodeJson(capture('bird-snaplen.pcap'))
  const said = lines.map(({ frame, type, octets }) => (octets === undefined ? `${frame} ${type}` : `${frame} ${type} ${octets}`))
  assert.deepEqual(said, [
    '13 GAP 7',
    '13 KEEPALIVE',
    '14 GAP 5',
    '14 KEEPALIVE',
    '17 UPDATE',
    '19 UPDATE',
    '22 GAP 189',
    '22 KEEPALIVE',
    '25 GAP 74',
    '25 KEEPALIVE',
    '27 ROUTE-REFRESH',
    '29 ROUTE-REFRESH',
    '31 ROUTE-REFRESH',
    '33 GAP 109',
    '33 ROUTE-REFRESH',
    '35 GAP 58',
    '35 KEEPALIVE',
    '37 KEEPALIVE',
    '39 NOTIFICATION',
  ])
  assert.equal(problems.length, 6)
  assert.equal(problems[0], 'packet 13: 7 octets are not in the capture: packets missing, or cut by its snap length')
})
