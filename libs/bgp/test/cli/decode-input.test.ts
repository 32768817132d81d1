import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from '@jest/globals'
import { random } from '@loadstone/sim'
import { UsageError } from '../../src/cli/arguments'
import { capture, decode, pcapOf, recordsOf } from './captures'

// What `bgp-js decode` takes, and what it says of what it cannot take: problems go to stderr, and any makes the exit code 1.
const marker = 'ff'.repeat(16)
const keepalive = `${marker}001304`
const refresh = `${marker}00170500010001`
const words = (text: string): readonly string[] => text.split(' ')
const fine = (...lines: readonly string[]): object => ({ lines, problems: [] })

const spellings: Readonly<Record<string, readonly string[]>> = {
  'in one word': [keepalive + refresh],
  'in two words': [keepalive, refresh],
  'with spaces': [`${keepalive}${refresh}`.replaceAll(/../g, '$& ')],
  'an octet in each word': words((keepalive + refresh).replaceAll(/..(?=.)/g, '$& ')),
  'with line breaks, as a mail has it': [`${keepalive}\n${refresh}`.replaceAll(/.{20}/g, '$&\r\n  ')],
  'with colons, as Wireshark copies it': [`${keepalive}${refresh}`.replaceAll(/..(?=.)/g, '$&:')],
  'with 0x in front': [`0x${keepalive}${refresh}`],
  'as an array of C': [`${keepalive}${refresh}`.replaceAll(/../g, '0x$&, ')],
  'in capitals': [`${keepalive}${refresh}`.toUpperCase()],
}
test.each(Object.entries(spellings))('two messages of hex, %s', async (_, hex) => {
  const expected = fine('KEEPALIVE', 'ROUTE-REFRESH ipv4')
  assert.deepEqual(await decode(hex), expected, 'as arguments')
  assert.deepEqual(await decode([], Buffer.from(hex.join('\n'))), expected, 'on standard input')
  assert.deepEqual(await decode(['-'], Buffer.from(hex.join(' '))), expected, 'on standard input, by name')
})

test('an OPEN, an UPDATE and a NOTIFICATION of hex, in words and as JSON', async () => {
  const open = `${marker}001d0104fdea005a0a00000200`
  const update = `${marker} 0036 02 0000 001b 40010100 40020602010000fdea 4003040a630002 40050400000064 18c63364`
  assert.deepEqual(
    await decode([open, update, `${marker}0015030400`]),
    fine(
      'OPEN AS 65002, identifier 10.0.0.2, hold 90 s: ipv4, capabilities none',
      'UPDATE',
      '  + 198.51.100.0/24 via 10.99.0.2 path 65002 origin=igp localPref=100',
      'NOTIFICATION Hold Timer Expired (4/0)',
    ),
  )
  assert.deepEqual(await decode(['--json', keepalive]), fine('{"type":"KEEPALIVE"}'))
})

const faults: Readonly<Record<string, readonly [readonly string[], readonly string[], string]>> = {
  'a message that ends too early': [[keepalive, marker], ['KEEPALIVE'], '16 octets at the end are no whole message'],
  'octets without the marker': [[`00${'11'.repeat(20)}`], [], '21 octets are no message: Connection Not Synchronized'],
  'a length of 5': [[`${marker}000504${keepalive}`], ['KEEPALIVE'], '19 octets are no message: Bad Message Length'],
  'a type nobody knows': [[`${marker}001309${keepalive}`], ['KEEPALIVE'], '19 octets are no message: Bad Message Type'],
  'an OPEN whose parameters are cut': [[`${marker}001e0104fdea005a0a0000020902`], [], 'OPEN: OPEN Message Error'],
  'an UPDATE whose lengths contradict each other': [[`${marker}001702ffff0000`], [], 'UPDATE: Malformed Attribute List'],
}
test.each(Object.entries(faults))('%s: said in its place and as a problem', async (_, [hex, whole, problem]) => {
  const { lines, problems } = await decode(hex)
  assert.deepEqual(problems, [problem])
  assert.deepEqual(
    lines.filter((line) => whole.includes(line)),
    whole,
  )
  assert.equal(lines.length, whole.length + 1)
})

test('millions of digits are no strain', async () => {
  const { problems } = await decode([], Buffer.from('00'.repeat(4_000_000)))
  assert.deepEqual(problems, ['4000000 octets are no message: Connection Not Synchronized'])
})

const pcap = capture('bird-ipv4.pcap')
const pcapng = capture('frr-ipv6.pcapng')
const withLink = (link: number): Buffer => {
  const copy = Buffer.from(pcap)
  copy.writeUInt32LE(link, 20)
  return copy
}
const garbage: Readonly<Record<string, readonly [Uint8Array, string | RegExp]>> = {
  nothing: [Buffer.alloc(0), /^this is neither hex .* nor a pcap or pcapng file$/],
  'white space': [Buffer.from(' \n'), /^this is neither hex/],
  'text that is no hex': [Buffer.from('no hex'), /^this is neither hex/],
  'half an octet': [Buffer.from(`${keepalive}0`), /^this is neither hex/],
  'a dump with offsets': [Buffer.from('0x0000:  ffff ffff'), /^this is neither hex/],
  'an ELF file': [Buffer.from('7f454c4602010100', 'hex'), /^this is neither hex/],
  'a pcap header that is cut': [pcap.subarray(0, 20), 'the file ends inside its header'],
  'a pcap file without packets': [pcap.subarray(0, 24), 'no BGP on port 179 in this capture (0 packets, 0 of TCP): try another --port'],
  'a link type nobody knows': [
    withLink(147),
    /^no BGP on port 179 in this capture \(\d+ packets, 0 of TCP\): packet 1 is of link type 147, which is not understood$/,
  ],
  'packets that are not TCP': [
    pcapOf(pcap, recordsOf(pcap).slice(0, 2)),
    /^no BGP on port 179 in this capture \(2 packets, 0 of TCP\): try another --port$/,
  ],
  'a pcapng file that ends inside its first block': [pcapng.subarray(0, 40), 'the file ends inside packet 1'],
  'a pcapng block of no length': [
    Buffer.concat([pcapng.subarray(0, pcapng.readUInt32LE(4)), Buffer.from('060000000000000000000000', 'hex')]),
    'no block of pcapng has 0 octets, as one behind packet 0 says',
  ],
}
test.each(Object.entries(garbage))('%s: one clear error and nothing else', async (_, [file, problem]) => {
  const { lines, problems } = await decode([], file)
  assert.deepEqual(lines, [])
  assert.equal(problems.length, 1)
  if (typeof problem === 'string') assert.equal(problems[0], problem)
  else assert.match(problems[0] ?? '', problem)
})

test.each([
  ['pcap', pcap],
  ['pcapng', pcapng],
])('a %s file that ends inside a packet: what came before is decoded', async (_, file) => {
  const all = await decode([], file)
  const { lines, problems } = await decode([], file.subarray(0, file.length * 0.75))
  assert.ok(lines.length > all.lines.length / 2 && lines.length < all.lines.length, `${lines.length} of ${all.lines.length} lines`)
  assert.deepEqual(lines, all.lines.slice(0, lines.length))
  assert.equal(problems.length, 1)
  assert.match(problems[0] ?? '', /^the file ends inside packet \d+$/)
})

test('a file that is not there, or is a folder', async () => {
  assert.deepEqual((await decode(['/nowhere/x.pcap'])).problems, ["ENOENT: no such file or directory, open '/nowhere/x.pcap'"])
  assert.deepEqual((await decode(['x.pcap'])).problems, ["ENOENT: no such file or directory, open 'x.pcap'"])
  assert.deepEqual((await decode([__dirname])).problems, ['EISDIR: illegal operation on a directory, read'])
})

test('another port must be a number, and finds what is on it', async () => {
  await assert.rejects(decode(['--port', 'bgp', keepalive]), UsageError)
  const { problems } = await decode(['--port', '1179'], pcap)
  assert.match(problems[0] ?? '', /^no BGP on port 1179 in this capture/)
  const port = /:(\d{5}) /.exec((await decode([], pcap)).lines[0] ?? '')?.[1] ?? ''
  assert.deepEqual(await decode(['--port', port], pcap), await decode([], pcap))
})

/** The same packets in a file of another make. */
const big = (): Buffer => {
  const swapped = [pcap.subarray(0, 24), ...recordsOf(pcap)].map((piece, i) => {
    const copy = Buffer.from(piece)
    for (let at = 0; at < (i === 0 ? 24 : 16); at += 4) copy.subarray(at, at + 4).swap32()
    return copy
  })
  return Buffer.concat(swapped)
}
const reframed = (link: number, header: Buffer): Buffer =>
  pcapOf(
    withLink(link),
    recordsOf(pcap).map((record) => {
      const made = Buffer.concat([record.subarray(0, 16), header, record.subarray(28)])
      if (header.length === 0 || link !== 1) made.copy(made, 16 + header.length, 16 + header.length + 2)
      const whole = link === 1 ? made : made.subarray(0, -2)
      for (const at of [8, 12]) whole.writeUInt32LE(whole.length - 16, at)
      return whole
    }),
  )
/** A block of pcapng in big-endian order. */
function block(type: number, ...body: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(body)
  const padded = Buffer.concat([content, Buffer.alloc(-content.length & 3)])
  const words = (...numbers: readonly number[]): Buffer =>
    Buffer.from(Uint8Array.from(numbers.flatMap((n) => [n >>> 24, n >>> 16, n >>> 8, n])))
  return Buffer.concat([words(type, padded.length + 12), padded, words(padded.length + 12)])
}
/** The oldest kind of packet: neither an interface nor a time. */
const simple = (): Buffer =>
  Buffer.concat([
    block(0x0a0d0d0a, Buffer.from('1a2b3c4d00010000ffffffffffffffff', 'hex')),
    block(1, Buffer.from('0001000000040000', 'hex')),
    block(5, Buffer.alloc(12)), // statistics: a block that is not for us
    ...recordsOf(pcap).map((record) => block(3, Buffer.from(record.subarray(8, 12)).swap32(), record.subarray(16))),
  ])
/** What a kernel shows of a packet that is yet to be cut up: a total length of zero. */
const uncut = (): Buffer =>
  pcapOf(
    pcap,
    recordsOf(pcap).map((record) => {
      const copy = Buffer.from(record)
      if (copy.readUInt16BE(16 + 12) === 0x0800 && copy.length > 16 + 60) copy.writeUInt16BE(0, 16 + 14 + 2)
      return copy
    }),
  )
const makes: Readonly<Record<string, Buffer>> = {
  'big-endian, of pcapng, in simple packets': simple(),
  'of packets whose total length is zero': uncut(),
  'big-endian': big(),
  'with times in nanoseconds': Buffer.concat([Buffer.from('4d3cb2a1', 'hex'), pcap.subarray(4)]),
  'with a VLAN tag': reframed(1, Buffer.from('0200000000010200000000028100002a', 'hex')),
  'with two VLAN tags': reframed(1, Buffer.from('02000000000102000000000288a800078100002a', 'hex')),
  'raw IP': reframed(101, Buffer.alloc(0)),
  'of a BSD loopback': reframed(0, Buffer.from('02000000', 'hex')),
}
test.each(Object.entries(makes))('the same session in a file %s', async (_, file) => {
  assert.deepEqual(await decode([], file), await decode([], pcap))
})

test('IPv6 headers between IP and TCP are passed over', async () => {
  const cooked = capture('bird-cooked2.pcap')
  const longer = recordsOf(cooked).map((record) => {
    const ip = 16 + 20
    if (record.readUInt16BE(16) !== 0x86dd || record[ip + 6] !== 6) return record
    const options = [Buffer.from('3c00010400000000', 'hex'), Buffer.from(`0601${'00'.repeat(14)}`, 'hex')] // hop-by-hop, destination
    const made = Buffer.concat([record.subarray(0, ip + 40), ...options, record.subarray(ip + 40)])
    made[ip + 6] = 0
    made.writeUInt16BE(made.readUInt16BE(ip + 4) + 24, ip + 4)
    for (const at of [8, 12]) made.writeUInt32LE(made.length - 16, at)
    return made
  })
  assert.deepEqual(await decode([], pcapOf(cooked, longer)), await decode([], cooked))
})

test('whatever octets are wrong in a capture, it is decoded or refused, never a crash', async () => {
  const roll = random(20_260)
  const files = ['bird-ipv4.pcap', 'frr-ipv6.pcapng', 'bird-cooked2.pcap', 'frr-cooked.pcap'].map((name) =>
    readFileSync(`${__dirname}/../../vectors/${name}`),
  )
  for (let i = 0; i < 120; i++) {
    const file = Buffer.from(files[i % files.length] as Buffer)
    for (let n = Math.floor(roll() * 12); n >= 0; n--) file[Math.floor(roll() * file.length)] = Math.floor(roll() * 256)
    const { lines, problems } = await decode([], file.subarray(0, Math.floor((0.5 + roll()) * file.length)))
    assert.ok(lines.length + problems.length > 0)
  }
})
