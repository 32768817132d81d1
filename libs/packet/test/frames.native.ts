import assert from 'node:assert/strict'
import { filters, openPacketSocket } from '../src'
import { inNetns, ip } from '../testing'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
const request = hex('ffffffffffff 02005e100001 0806 0001 0800 06 04 0001 02005e100001 c0000201 000000000000 c000020a')

inNetns('a frame sent on one end of a veth arrives on the other, whole', async () => {
  ip('link add near type veth peer name far')
  ip('link set near up')
  ip('link set far up')
  const links = JSON.parse(ip('-j link show')) as { ifname: string; ifindex: number }[]
  const index = (name: string): number => links.find(({ ifname }) => ifname === name)?.ifindex ?? 0
  const got = await new Promise<Uint8Array>((resolve, reject) => {
    const far = openPacketSocket({
      ifIndex: index('far'),
      etherType: 0x0806,
      filter: filters.arp,
      onFrames: ([frame]) => {
        resolve(frame!.bytes.slice())
        far.close()
      },
      onError: ({ error }) => reject(error),
    })
    const near = openPacketSocket({ ifIndex: index('near'), etherType: 0x0806, filter: filters.arp, onFrames() {}, onError() {} })
    assert.equal(near.send([request]), 1)
    near.close()
  })
  assert.deepEqual(Buffer.from(got), request)
})
