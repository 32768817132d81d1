import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { random } from '@loadstone/sim'
import { capture, decode, decodeJson, pcapOf, recordsOf } from './captures'

// Packets of real sessions, in another order or number than they were captured in. bird-segments.pcap has messages over several segments.
const file = capture('bird-segments.pcap')
const records = recordsOf(file)
/** Of packets numbered as Wireshark numbers them. */
const record = (frame: number): Buffer => records[frame - 1] as Buffer
const head = 16 + 14 + 20 + 32 // of the record, Ethernet, IPv4, and TCP with its time stamps
const sequenceAt = 16 + 14 + 20 + 4

/** The messages without the packets they came in. */
async function said(packets: readonly Uint8Array[]): Promise<readonly string[]> {
  const { lines } = await decodeJson(pcapOf(file, packets))
  return lines.map(({ frame, ...message }) => JSON.stringify(message))
}
/** What each end said: two ends have no common order but that of the packets. */
const byEnd = (lines: readonly string[]): readonly string[] => lines.toSorted((a, b) => a.slice(0, 20).localeCompare(b.slice(0, 20)))

/** The same record with other octets of TCP payload from `skip` on, sequence number and lengths to match. */
function part(from: Buffer, skip: number, size: number): Buffer {
  const made = Buffer.concat([from.subarray(0, head), from.subarray(head + skip, head + skip + size)])
  for (const at of [8, 12]) made.writeUInt32LE(made.length - 16, at)
  made.writeUInt16BE(made.length - 30, 16 + 14 + 2)
  made.writeUInt32BE((made.readUInt32BE(sequenceAt) + skip) >>> 0, sequenceAt)
  return made
}

test('segments behind the SYNs in any order are the same messages', async () => {
  const expected = byEnd(await said(records))
  for (let seed = 1; seed <= 20; seed++) {
    const roll = random(seed)
    const shuffled = records
      .slice(4)
      .map((one) => ({ one, key: roll() }))
      .toSorted((a, b) => a.key - b.key)
    assert.deepEqual(byEnd(await said([...records.slice(0, 4), ...shuffled.map(({ one }) => one)])), expected, `seed ${seed}`)
  }
})

test('a message is of the packet with which it was complete', async () => {
  const swapped = [...records.slice(0, 13), record(15), record(14), ...records.slice(15)]
  const { lines } = await decodeJson(pcapOf(file, swapped))
  const updates = lines.filter(({ type, frame }) => type === 'UPDATE' && frame < 17)
  assert.deepEqual(
    updates.map(({ frame }) => frame),
    [15, 15, 15],
  )
})

test('retransmitted segments count once, whole, in other pieces, or overlapping', async () => {
  const expected = await said(records)
  assert.deepEqual(await said(records.flatMap((one) => [one, one])), expected, 'every packet twice')
  const again = [part(record(14), 100, 200), part(record(12), 500, 24), part(record(12), 0, 524)]
  assert.deepEqual(await said([...records.slice(0, 15), ...again, ...records.slice(15)]), expected, 'in other pieces')
  const overlapping = [part(record(12), 0, 400), part(record(12), 300, 224), ...records.slice(12)]
  assert.deepEqual(await said([...records.slice(0, 11), ...overlapping]), expected, 'overlapping')
})

test('a message in segments of one octet each', async () => {
  const crumbs = Array.from({ length: 33 }, (_, i) => part(record(37), i, 1))
  assert.deepEqual(await said([...records.slice(0, 36), ...crumbs]), await said(records))
})

test('sequence numbers that pass 2³²', async () => {
  const moved = records.map((one) => {
    const copy = Buffer.from(one)
    if (copy.readUInt16BE(16 + 12) !== 0x0800) return copy
    const first = (copy.readUInt16BE(16 + 34) === 179 ? record(4) : record(3)).readUInt32BE(sequenceAt)
    copy.writeUInt32BE((copy.readUInt32BE(sequenceAt) - first + 0xffff_ff80) >>> 0, sequenceAt)
    return copy
  })
  assert.deepEqual(await said(moved), await said(records))
})

test('a capture that begins inside a message begins with the next one, and says so', async () => {
  const { lines, problems } = await decodeJson(pcapOf(file, records.slice(13)))
  const [skipped, ...rest] = lines
  assert.deepEqual([skipped?.type, skipped?.octets], ['SKIPPED', 128], '652 octets, of which packet 12 had 524')
  assert.deepEqual(problems, [], 'nothing that could be read was not')
  assert.deepEqual(
    rest.map(({ frame, from, ...message }) => JSON.stringify({ from, ...message })),
    (await decodeJson(file)).lines.slice(5).map(({ frame, from, ...message }) => JSON.stringify({ from, ...message })),
  )
})

test('a capture that begins between messages of an iBGP session: LOCAL_PREF is known from the routes', async () => {
  const cooked = capture('frr-cooked.pcap')
  const { lines, problems } = await decode([], pcapOf(cooked, recordsOf(cooked).slice(14)))
  assert.match(lines.join('\n'), /\+ 203\.0\.113\.10\/32 via 192\.0\.2\.1 origin=igp med=5 localPref=100 /)
  assert.doesNotMatch(lines.join('\n'), /SKIPPED|!/)
  assert.deepEqual(problems, [])
})

test('a packet that is missing in the middle is a gap, and the messages go on behind it', async () => {
  const { lines, problems } = await decodeJson(
    pcapOf(
      file,
      records.filter((_, i) => i !== 11),
    ),
  )
  const ours = lines
    .filter(({ from }) => !from.endsWith(':179'))
    .map(({ type, octets }) => (octets === undefined ? type : `${type} ${octets}`))
  assert.deepEqual(ours.slice(0, 5), ['OPEN', 'KEEPALIVE', 'GAP 524', 'UPDATE', 'UPDATE'])
  assert.deepEqual(problems, ['packet 13: 524 octets are not in the capture: packets missing, or cut by its snap length'])
})

test('a capture that ends inside a message', async () => {
  const { lines, problems } = await decodeJson(pcapOf(file, records.slice(0, 12)))
  assert.deepEqual([lines.at(-1)?.type, lines.at(-1)?.octets], ['INCOMPLETE', 524])
  assert.deepEqual(problems, ['packet 12: 524 octets at the end are no whole message'])
})

test('octets in the middle of a stream that are no message: the next marker ends them', async () => {
  const broken = Buffer.from(record(10))
  broken[head + 3] = 0
  const { lines, problems } = await decodeJson(pcapOf(file, [...records.slice(0, 9), broken, ...records.slice(10)]))
  const peers = lines.filter(({ from }) => from.endsWith(':179')).map(({ type }) => type)
  assert.deepEqual(peers.slice(0, 3), ['OPEN', 'UNREADABLE', 'UPDATE'])
  assert.deepEqual(problems, ['packet 10: 19 octets are no message: Connection Not Synchronized'])
})

test('two connections between the same ends, one after the other, each with its own OPENs', async () => {
  const later = records.map((one) => {
    const copy = Buffer.from(one)
    if (copy.readUInt16BE(16 + 12) === 0x0800) copy.writeUInt32BE((copy.readUInt32BE(sequenceAt) + 1_000_000) >>> 0, sequenceAt)
    return copy
  })
  const once = await said(records)
  assert.deepEqual(await said([...records, ...later]), [...once, ...once])
})

test('a SYN sent again is the same connection', async () => {
  const expected = await said(records)
  assert.deepEqual(await said([...records.slice(0, 3), record(3), record(4), ...records.slice(3)]), expected)
})

test('packets of which the capture has no payload at all are counted in the gap', async () => {
  const bare = records.map((one, i) => {
    if (i !== 11 && i !== 13) return one
    const cut = Buffer.from(one.subarray(0, head))
    cut.writeUInt32LE(head - 16, 8)
    return cut
  })
  const { lines } = await decodeJson(pcapOf(file, bare))
  const gaps = lines.filter(({ type }) => type === 'GAP').map(({ frame, octets }) => `${frame}: ${octets}`)
  assert.deepEqual(gaps, ['15: 1048'])
  const { problems } = await decodeJson(pcapOf(file, bare.slice(0, 14)))
  assert.deepEqual(problems, ['packet 14: 1048 octets are not in the capture: packets missing, or cut by its snap length'])
})
